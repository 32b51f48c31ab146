#!/usr/bin/env bash
# installs what is needed beside Rust, and compares the toolchain with what the packages promise
declare -A package=([cc]=build-essential [git]=git [nm]=binutils [valgrind]=valgrind [node]=nodejs [npm]=npm [python3]=python3 [pip3]=python3-pip)
missing=()
for tool in "${!package[@]}"; do
    command -v "$tool" >/dev/null || missing+=("${package[$tool]}")
done
if [ ${#missing[@]} -gt 0 ]; then
    apt-get update --quiet --quiet
    DEBIAN_FRONTEND=noninteractive apt-get install --quiet --quiet --yes --no-install-recommends "${missing[@]}"
fi
valgrind --version
nm --version | head --lines=1

# The oldest Rust that is promised is the one that is used here: nothing else has been seen to work.
promised=$(sed -n 's/^rust-version = "\(.*\)"/\1/p' Cargo.toml)
used=$(cargo --version | cut --delimiter=' ' --fields=2)
echo "rust-version $promised, cargo $used"
if [ "$(printf '%s\n' "$promised" "$used" | sort --version-sort | head --lines=1)" != "$promised" ]; then
    echo "cargo is older than rust-version promises" >&2
    exit 1
fi
case "$used" in "$promised" | "$promised".*) ;; *) echo "NOTE: rust-version is older than any Rust this run has seen" ;; esac
for manifest in tests/bare/Cargo.toml tests/bench/Cargo.toml c-adapter/staticlib/Cargo.toml {profiles,embedded-adapter}/fuzz/Cargo.toml examples/firmware/{,platform/}Cargo.toml; do
    grep --quiet --fixed-strings --line-regexp "rust-version = \"$promised\"" "$manifest" || {
        echo "$manifest promises another rust-version" >&2
        exit 1
    }
done
