#!/usr/bin/env bash
# the engines of the cluster layer: the conformance suite on one NATS server and on a cluster of three; then the plays, with real processes
tests/cluster.sh
