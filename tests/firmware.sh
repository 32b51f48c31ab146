#!/usr/bin/env bash
# Builds the firmware for both boards, runs it in QEMU, and proves what it does.
#
#   tests/firmware.sh            everything
#   tests/firmware.sh replay     those parts whose names are given: replay, mutant, network, plays, steps, sizes
#   tests/firmware.sh --facts    sizes and counts as lines of "board name value", for the README; proves nothing
#
# Beside Rust it needs QEMU, Python 3 and binutils; what is missing is installed where that is possible (apt-get).
set -euo pipefail
cd "$(dirname "$0")/.."
# shellcheck source=tests/firmware/common.sh
source tests/firmware/common.sh

readonly STEP_INSTRUCTIONS_MAX=400 # a step of the link on a Cortex-M3
readonly STACK_MAX=16384           # bytes, of an image with a network
# Bytes of code that relink and its framing have in the sensor, with both kinds of link and the recorder.
declare -Ar OWN_MAX=([mps2-an385]=46000 [virt]=56000)
# Bytes of code and constants.
declare -Ar IMAGE_MAX=(["mps2-an385 echo"]=64000 ["virt echo"]=80000 ["mps2-an385 sensor"]=115000 ["virt sensor"]=145000)
readonly PARTS=(replay mutant network plays steps sizes)

main() {
    local part
    need_tools
    build_images . ours replay echo sensor steps
    if [ "${1-}" = --facts ]; then
        facts
    else
        for part in "${PARTS[@]}"; do
            [ $# = 0 ] || [[ " $* " = *" $part "* ]] || continue
            echo "--- $part"
            "$part"
        done
    fi
    [ "$failures" = 0 ] || { echo "$failures failures" >&2 && exit 1; }
}

# --- the same right halves

# The board gets left halves only, and has to print every file as it stands here.
replay() {
    local board files
    left_halves
    files=$(wc --lines <"$SCRATCH/left/list")
    for board in "${BOARDS[@]}"; do
        if replays "$board" ours; then
            echo "$board: $files of $files files, equal by the byte; $(tail --lines=1 "$out" | grep --only-matching 'stack: .*')"
        else
            fail "$board: $(differing) of $files files are not the same; $(diff "$SCRATCH/golden" "$out" | sed --quiet '1,8p')"
        fi
    done
}

# The proof that this can fail: one line of a copy of the core is changed.
mutant() {
    local board copy="$SCRATCH/copy" source=core/src/link/ready.rs
    local before='ready.silent_at = self.unless_off(self.on.config.ping_after)' after='ready.silent_at = ready.silent_at'
    left_halves
    mkdir "$copy"
    git ls-files -z --cached --others --exclude-standard | xargs --null cp --parents --target-directory="$copy"
    [ "$(grep --count --fixed-strings "$before" "$copy/$source")" = 1 ] || { fail "$source has no line to be changed: $before" && return; }
    sed --in-place "s/$before/$after/" "$copy/$source"
    build_images "$copy" mutant replay
    for board in "${BOARDS[@]}"; do
        if replays "$board" mutant; then
            fail "$board: the mutant prints what the core does"
        else
            echo "$board: the mutant is found out, by $(differing) files"
        fi
    done
}

left_halves() {
    local file
    [ ! -e "$SCRATCH/left" ] || return 0
    mkdir "$SCRATCH/left"
    (cd tests/scenarios && find . -name '*.scenario' -printf '%P\n' | sort) >"$SCRATCH/left/list"
    while read -r file; do
        mkdir --parents "$SCRATCH/left/$(dirname "$file")"
        awk -f tests/firmware/left.awk "tests/scenarios/$file" >"$SCRATCH/left/$file"
        echo "=== $file"
        cat "tests/scenarios/$file"
    done <"$SCRATCH/left/list" >"$SCRATCH/golden"
    if grep --recursive --extended-regexp --line-number '^[^#]*->|^\|' "$SCRATCH/left"; then
        fail "a left half has a right half"
    fi
}

# Whether what an image prints of all files is what they are. $1: board; $2: whose image
replays() {
    local code=0
    IMAGES_OF=$2 QEMU_IN=$SCRATCH/left start_qemu "$1" replay "replay-$1" list
    wait_qemu 120 || code=$?
    [ "$code" = 0 ] && cmp --silent "$SCRATCH/golden" <(head --lines=-1 "$out")
}

# How many files are printed otherwise than they stand here.
differing() {
    awk '/^(===|!!!) / { name = $2 }
        FNR == NR { golden[name] = golden[name] "\n" $0; next }
        { printed[name] = printed[name] "\n" $0 }
        END { for (name in golden) if (golden[name] != printed[name]) count++; print count + 0 }' "$SCRATCH/golden" "$out"
}

# --- the boards themselves

# A connection to a server on loopback, the cable out and in, and a server that is killed; the board's clock beside ours.
network() {
    local board
    for board in "${BOARDS[@]}"; do on_network "$board" || sed 's/^/   /' "$out" | tail; done
}

on_network() {
    local board=$1 before code=0 began began_there
    start_server
    start_qemu "$board" echo "network-$board" "$port"
    wait_for '3 came back: true' 10 || { fail "$board: no connection" && return 1; }
    began=$(date +%s%3N) began_there=$(board_clock)
    cable "$board" off
    wait_for 'the cable is out' 5 || { fail "$board: does not see that the cable is out" && return 1; }
    before=$(grep --count 'came back' "$out")
    sleep 1
    [ "$(grep --count 'came back' "$out")" = "$before" ] || { fail "$board: the cable is out, and something comes back" && return 1; }
    cable "$board" on
    wait_for " $((before + 5)) came back: true" 20 || { fail "$board: nothing comes back after the cable is in again" && return 1; }
    at_most "$board: milliseconds by which its clock and ours differ after $(($(date +%s%3N) - began)) ms" "$(drift)" 300
    stop "$server"
    wait_qemu 5 || code=$?
    [ "$code" = 0 ] || { fail "$board: does not see that the server was killed" && return 1; }
    stack[$board]=$(sed --quiet 's/^stack: \([0-9]*\) of .*/\1/p' "$out")
    at_most "$board: bytes of stack" "${stack[$board]}" "$STACK_MAX"
}

drift() {
    local difference=$((($(date +%s%3N) - began) - ($(board_clock) - began_there)))
    echo "${difference#-}"
}

# Milliseconds, by the latest line that tells the time.
board_clock() { sed --quiet 's/^\([0-9]*\) ms: .*/\1/p' "$out" | tail --lines=1; }

# A sensor keeps its link, while its server and its cable do everything that ends one; both boards at once.
plays() {
    local board pid command
    local -A playing=()
    cargo build --quiet --locked -p relink-tests --bin firmware_plays --target-dir "$(dirname "$CARGO_TARGET_DIR")"
    command="$(dirname "$CARGO_TARGET_DIR")/debug/firmware_plays"
    for board in "${BOARDS[@]}"; do
        "$command" play "$board" "$IMAGES/ours/$board-sensor" >"$SCRATCH/plays-$board" 2>&1 </dev/null &
        playing[$board]=$! running[$!]=1
    done
    for board in "${BOARDS[@]}"; do
        pid=${playing[$board]}
        wait "$pid" || fail "$board: not every play went as it should"
        unset "running[$pid]"
        cat "$SCRATCH/plays-$board"
    done
}

# What a step costs.
steps() {
    local board
    for board in "${BOARDS[@]}"; do
        count_steps "$board" || { fail "$board: the steps are not counted: $(<"$out")" && continue; }
        sed "s/^/$board /" "$out" | column --table
        at_most "$board: instructions a step" "${instructions[$board]}" "$STEP_INSTRUCTIONS_MAX"
    done
}

count_steps() {
    QEMU_MORE='-icount shift=0' start_qemu "$1" steps "steps-$1"
    wait_qemu 60 || return
    instructions[$1]=$(awk '$1 == "step" { print $3 }' "$out")
}

# What the images are made of: echo is what is there before relink, sensor is with it.
sizes() {
    local board image
    for board in "${BOARDS[@]}"; do
        for image in echo sensor; do
            parts_of "$board" "$image" | sed "s/^/$board $image: /" | column --table
            at_most "$board: bytes of code and constants of $image" "$(image_size "$board" "$image")" "${IMAGE_MAX[$board $image]}"
        done
        at_most "$board: bytes of code that relink and its framing have in sensor" "$(own_size "$board" sensor)" "${OWN_MAX[$board]}"
    done
}

# Bytes of code that relink and its framing have in an image; what they call in the core library is counted with them.
own_size() { parts_of "$1" "$2" | awk '$1 ~ /^(relink-(core|profiles|embedded|notation)|ws-framer)$/ { sum += $2 } END { print sum + 0 }'; }

# Bytes of flash: code, constants, and the initial values of variables. $1: board; $2: image
image_size() {
    size --format=sysv "$IMAGES/ours/$1-$2" | awk '$1 ~ /^\.(vector_table|text|rodata|data)$/ { sum += $2 } END { print sum }'
}

# $1: board; $2: image
parts_of() {
    local begin bytes
    read -r bytes begin < <(size --format=sysv "$IMAGES/ours/$1-$2" | awk '$1 == ".text" { print $2, $3 }')
    seq "$begin" 2 $((begin + bytes - 1)) | awk '{ printf "%x\n", $1 }' | addr2line --addresses --inlines --exe="$IMAGES/ours/$1-$2" |
        awk -f tests/firmware/parts.awk | sort --key=2 --numeric-sort --reverse
    size --format=sysv "$IMAGES/ours/$1-$2" | awk '$1 == ".rodata" { print "constants", $2 }'
    echo "whole $(image_size "$1" "$2")"
}

facts() {
    local board image
    for board in "${BOARDS[@]}"; do
        count_steps "$board"
        echo "$board instructions_per_step ${instructions[$board]}"
        for image in echo sensor; do parts_of "$board" "$image" | sed "s/^/$board ${image}_/"; done
    done
}

declare -A stack=() instructions=()
main "$@"
