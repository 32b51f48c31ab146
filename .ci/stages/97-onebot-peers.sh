#!/usr/bin/env bash
# relink's accounts before bots of other authors, NoneBot and aiocqhttp: dialled and dialling, killed and started again
tests/peers/onebot/run.sh
