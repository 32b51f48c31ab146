#!/usr/bin/env bash
# The manifests of examples/cluster: against Kubernetes' schemas, and against the binary that they run.
#
#   tests/manifests.sh
#
# The schemas come from PyPI (kubernetes-validate, pinned with its hash) into the target directory.
set -euo pipefail
cd "$(dirname "$0")/.."

readonly INSTALL_TIMEOUT=300s
export CARGO_TARGET_DIR="${CARGO_TARGET_DIR:-$PWD/target}"
readonly PLACE="$CARGO_TARGET_DIR/manifests" WANTED=tests/manifests/requirements.txt

if ! cmp --silent "$WANTED" "$PLACE/installed"; then
    rm -rf "$PLACE"
    mkdir -p "$PLACE"
    timeout "$INSTALL_TIMEOUT" python3 -m pip install --quiet --disable-pip-version-check --root-user-action=ignore --retries 2 --timeout 20 \
        --no-deps --only-binary :all: --require-hashes --target "$PLACE/python" --requirement "$WANTED" || {
        echo "pip cannot install $WANTED. Is its index reachable? The pinned wheels are for Linux on x86-64, Python 3.11 to 3.13." >&2
        exit 1
    }
    cp "$WANTED" "$PLACE/installed"
fi
cargo build --quiet --locked --package relink-cluster-node
node="$CARGO_TARGET_DIR/debug/relink-cluster-node"
PYTHONPATH="$PLACE/python" python3 tests/manifests/check.py "$node" examples/cluster/manifests
PYTHONPATH="$PLACE/python" python3 tests/manifests/check.py "$node" examples/cluster/manifests --self-test
