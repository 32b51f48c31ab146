# What the firmware's scripts share: tools, toolchain, images, QEMU. To be sourced with the repository as the current folder.

readonly BOARDS=(mps2-an385 virt)
declare -Ar TARGET=([mps2-an385]=thumbv7m-none-eabi [virt]=riscv32imac-unknown-none-elf)
readonly FIRMWARE=examples/firmware
export CARGO_TARGET_DIR="${CARGO_TARGET_DIR:-$PWD/target}/firmware"
export CARGO_INCREMENTAL=0 # an incremental build is cut into other pieces: other sizes
readonly IMAGES="$CARGO_TARGET_DIR/images"

SCRATCH=$(mktemp --directory)
readonly SCRATCH
declare -A running=() # what was started, by its number
failures=0

# Whatever becomes of the script, nothing that it has started outlives it.
cleanup() {
    local pid
    for pid in "${!running[@]}"; do stop "$pid"; done
    rm --recursive --force "$SCRATCH"
}
trap cleanup EXIT

fail() {
    echo "FAILED: $1" >&2
    failures=$((failures + 1))
}

at_most() {
    echo "$1: $2, at most $3"
    [ "$2" -le "$3" ] || fail "$1: $(($2 - $3)) too many"
}

# Debian's packages in place of what is missing; rustup's toolchain is taken where it has both targets.
need_tools() {
    local missing=()
    command -v qemu-system-arm >/dev/null || missing+=(qemu-system-arm)
    command -v qemu-system-riscv32 >/dev/null || missing+=(qemu-system-misc)
    command -v python3 >/dev/null || missing+=(python3)
    command -v nm >/dev/null || missing+=(binutils)
    if ! rustup_has_targets; then
        command -v ld.lld >/dev/null || missing+=(lld)
        [ -x /usr/bin/cargo ] || missing+=(cargo-web)
        [ -x /usr/bin/rustc ] || missing+=(rustc-web)
        [ -e /usr/lib/rustlib/src ] || missing+=(rust-web-src)
    fi
    if [ ${#missing[@]} -gt 0 ]; then
        echo "installing ${missing[*]}"
        apt-get update --quiet --quiet && DEBIAN_FRONTEND=noninteractive apt-get install --quiet --quiet --yes --no-install-recommends "${missing[@]}" || {
            echo "these packages are missing, and cannot be installed here: ${missing[*]}" >&2
            exit 1
        }
    fi
}

rustup_has_target() { rustup target list --installed 2>/dev/null | grep --quiet --line-regexp "$1"; }

rustup_has_targets() {
    local target
    for target in "${TARGET[@]}"; do rustup_has_target "$target" || return 1; done
}

# $1: target; $2: what cargo does; the rest: its arguments. With Debian's toolchain the core library is built too: it has none for the targets.
cargo_for() {
    local target=$1 task=$2
    shift 2
    if rustup_has_target "$target"; then
        cargo "$task" --quiet --locked --release --target "$target" "$@"
    else
        local linker="CARGO_TARGET_${target^^}_LINKER"
        env RUSTC=/usr/bin/rustc RUSTC_BOOTSTRAP=1 "${linker//-/_}=ld.lld" \
            /usr/bin/cargo "$task" --quiet --locked --release --target "$target" -Zbuild-std=core,alloc "$@"
    fi
}

# $1: where the repository is (it need not be this one); $2: what to call the images; the rest: the images.
build_images() {
    local root=$1 kind=$2 board image
    shift 2
    mkdir --parents "$IMAGES/$kind"
    for board in "${BOARDS[@]}"; do
        for image in "$@"; do
            cargo_for "${TARGET[$board]}" build --manifest-path "$root/$FIRMWARE/Cargo.toml" --bin "$image"
            cp "$CARGO_TARGET_DIR/${TARGET[$board]}/release/$image" "$IMAGES/$kind/$board-$image"
        done
    done
}

# Starts an image; what it prints goes to $out, its number is in $qemu, and $monitor is where its monitor listens.
# $1: board; $2: image; $3: a name for this run; the rest: the image's command line.
# If set: QEMU_MORE, more options; QEMU_IN, the folder whose files the image reads; IMAGES_OF, whose images.
start_qemu() {
    local board=$1 image=$2 name=$3 word line
    shift 3
    out="$SCRATCH/$name.out" monitor="$SCRATCH/$name.monitor"
    line="enable=on,target=native,arg=$image"
    for word in "$@"; do line+=",arg=$word"; done
    local options=(-nographic -serial none -monitor "unix:$monitor,server=on,wait=off" -semihosting-config "$line")
    case $board in
        mps2-an385) options=(qemu-system-arm -machine mps2-an385 -nic user,id=net "${options[@]}") ;;
        virt) options=(qemu-system-riscv32 -machine virt -bios none -netdev user,id=net -device virtio-net-device,id=nic,netdev=net "${options[@]}") ;;
    esac
    # shellcheck disable=SC2086 # several options
    (cd "${QEMU_IN:-.}" && exec "${options[@]}" ${QEMU_MORE:-} -kernel "$IMAGES/${IMAGES_OF:-ours}/$board-$image" >"$out" 2>&1 </dev/null) &
    qemu=$!
    running[$qemu]=1
}

# Waits for the image's end, at most $1 seconds; its exit code, or 124.
wait_qemu() {
    local code=0 until=$((SECONDS + $1))
    while kill -0 "$qemu" 2>/dev/null && [ "$SECONDS" -lt "$until" ]; do sleep 0.05; done
    if kill -0 "$qemu" 2>/dev/null; then
        stop "$qemu"
        return 124
    fi
    wait "$qemu" || code=$?
    unset "running[$qemu]"
    return "$code"
}

# Waits until the image has printed a line like $1, at most $2 seconds.
wait_for() {
    local until=$((SECONDS + $2))
    until grep --quiet --extended-regexp "$1" "$out"; do
        [ "$SECONDS" -lt "$until" ] || return 1
        kill -0 "$qemu" 2>/dev/null || { grep --quiet --extended-regexp "$1" "$out" && return; return 1; }
        sleep 0.05
    done
}

# Starts a server that sends back what it gets; its number is in $server, where it listens in $port.
start_server() {
    rm --force "$SCRATCH/port"
    python3 tests/firmware/echo.py >"$SCRATCH/port" </dev/null &
    server=$!
    running[$server]=1
    until [ -s "$SCRATCH/port" ]; do sleep 0.05; done
    port=$(<"$SCRATCH/port")
}

# Ends what was started, by its number, at once and without a word.
stop() {
    kill -KILL "$1" 2>/dev/null || true
    wait "$1" 2>/dev/null || true
    unset "running[$1]"
}

# Pulls the board's cable out ("off") or puts it back ("on"). $1: board
cable() {
    local nic=nic
    [ "$1" = virt ] || nic=lan9118.0
    python3 tests/firmware/monitor.py "$monitor" set_link "$nic" "$2" >/dev/null
}
