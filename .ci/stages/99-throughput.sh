#!/usr/bin/env bash
# events a second through the queue and four workers, beside async-nats by hand in the same run (a shared machine is noisy: printed, not judged)
tests/cluster.sh throughput || [ $? = 101 ]
