#!/usr/bin/env bash
# the same for three microcontrollers: no panic, nothing but what their compilers bring, no bigger than they may be
tests/bare-targets.sh
