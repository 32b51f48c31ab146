#!/usr/bin/env bash
# was this very core explored with longer waits and real lengths of time, to the end?
tests/explore-full.sh
