#!/usr/bin/env bash
# the firmware in QEMU, on both boards: the scenarios' right halves, the network, what a step costs, how big it is
tests/firmware.sh
