#!/usr/bin/env bash
# relink and graphql-ws, the reference implementation of graphql-transport-ws, talk to each other: each one as client and as server
tests/peers/graphql/run.sh
