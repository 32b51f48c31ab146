#!/usr/bin/env bash
# the embedded shell before Autobahn's cases: its wire with both framings, and the firmware on both boards
tests/embedded-autobahn.sh
