"""Which functions of an object file refer to a panic of the core library, and whether they may.

Every function has a section of its own, so its relocations tell what it refers to. The library refers to a panic where a
function that is not the core library's own refers to one that ends in the panic handler.
"""

import re
import subprocess
import sys

# function, panic, why it may
FORCED = [
    (
        r"relink_shell_\w+|<relink_embedded::drive::Driver<.*>>::serve::.*|<\w+::device::Half as .*>::\w+::\{closure#0\}",
        r"panic_const_async_fn_resumed",
        "the compiler's own, in an async function: it would be polled after its end, which nobody does",
    ),
]


def crate(symbol: str) -> str:
    """The crate in which a function is defined (rust-lang RFC 2603)."""
    found = re.search(r"C(?:s[0-9A-Za-z]*_)?(\d+)_?", symbol)
    return symbol[found.end() : found.end() + int(found.group(1))] if symbol.startswith("_R") and found else symbol


def output(*command: str) -> str:
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def references(path: str) -> dict[str, set[str]]:
    """What each function refers to."""
    symbols = output("nm", "--just-symbols", path).split()
    refers: dict[str, set[str]] = {}
    function = ""
    for line in output("readelf", "--relocs", "--wide", path).splitlines():
        if section := re.match(r"Relocation section '\.rela?\.(.*)' at", line):
            name = re.match(r"text\.(?:unlikely\.|hot\.)?(.+)", section.group(1))
            # The name of a section is cut off where it is long.
            function = next((symbol for symbol in symbols if name and symbol.startswith(name.group(1))), "")
        elif function and (target := re.match(r"[0-9a-f]{8,16} +[0-9a-f]+ +R_\w+ +[0-9a-f]+ +(\S+)", line)):
            refers.setdefault(function, set()).add(target.group(1))
    return refers


def panicking(refers: dict[str, set[str]]) -> set[str]:
    """The core library's functions that end in the panic handler, and what the compiler has cut out of any function."""
    panics = {symbol for targets in refers.values() for symbol in targets if "rust_begin_unwind" in symbol}
    while True:
        more = {f for f, targets in refers.items() if targets & panics and (crate(f) == "core" or f.startswith("OUTLINED"))} - panics
        if not more:
            return panics
        panics |= more


def readable(symbol: str) -> str:
    return re.sub(r"\[[0-9a-f]+\]", "", output("c++filt", "--format=rust", symbol).strip())


refers = references(sys.argv[1])
panics = panicking(refers)
unforced = 0
for function, targets in sorted(refers.items()):
    if function in panics or crate(function) == "__rustc":
        continue
    for panic in sorted(targets & panics):
        names = (readable(function), readable(panic))
        why = [why for caller, called, why in FORCED if re.fullmatch(caller, names[0]) and re.search(rf"({called})\b", names[1])]
        unforced += not why
        print(f"{names[0] if len(names[0]) < 100 else names[0][:40] + '…' + names[0][-40:]} refers to {names[1]}: {why[0] if why else 'MUST NOT'}")
if not panics:
    sys.exit("no function ends in the panic handler: is every function in a section of its own?")
sys.exit(1 if unforced else 0)
