#!/usr/bin/env bash
# the core needs nothing, and is no bigger than it may be; the profiles cannot panic
tests/bare.sh
