#!/usr/bin/env bash
# the engines of the cluster layer: the conformance suite on one NATS server and on a cluster of three
tests/cluster.sh
