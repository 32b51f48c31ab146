#!/usr/bin/env bash
# relink and Slack's official clients meet the same faults: what relink promises holds, and what is known of the others shows
tests/side-by-side/run.sh
