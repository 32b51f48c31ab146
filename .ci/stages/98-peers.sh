#!/usr/bin/env bash
# relink before other implementations: Autobahn's cases, npm's ws, Python's websockets, nginx and HAProxy between
tests/peers/run.sh
