#!/usr/bin/env bash
# is what is generated up to date?
tests/sizes.sh
tests/side-by-side/readme.sh
