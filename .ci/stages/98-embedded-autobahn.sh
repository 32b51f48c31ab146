#!/usr/bin/env bash
# the embedded shell's WebSocket before Autobahn's cases, with both framings
tests/embedded-autobahn.sh
