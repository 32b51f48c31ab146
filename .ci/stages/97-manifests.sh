#!/usr/bin/env bash
# the manifests of the cluster: Kubernetes' schemas, and the binary that they run
tests/manifests.sh
