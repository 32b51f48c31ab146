"""Owns the command behind run.sh: it plays all parts at the same time, prints what was seen, and keeps the page.

    python3 run.py --packages DIR --programs DIR [--write] [autobahn] [plain] [proxies]
"""

import argparse
import asyncio
import signal
import sys
import time
from pathlib import Path

import autobahn
import plain
import proxies
from stage import HERE, Miss, Places

RESULTS = HERE / "RESULTS.md"
# How many plays may run at the same time: their programs share two cores in CI.
TOGETHER = 6
PLAY_TIMEOUT_S = 100

HEAD = """<!-- Written by tests/peers/run.sh --write. -->
# relink before other implementations

Every row fails the run if it is not so; what a cell says, another run may say a little otherwise.
"""
AUTOBAHN = """
## Autobahn's cases

Run by kosoku 0.1.0, its client before our server and its server before our client. Acceptable are OK, NON-STRICT (what RFC 6455 lets
an implementation choose) and INFORMATIONAL. NON-STRICT: what came just before a violation may be answered or not, which is a matter of
time; text that is not UTF-8 is noticed at the end of its frame.
"""
PLAIN = """
## Plain peers

npm's ws 8.23.0 and Python's websockets 17.4, with their own defaults.
"""
PROXIES = """
## Proxies

nginx and HAProxy, as Debian has them, between our client and our server.
"""


class Table:
    """The plays of one part, and what became of each."""

    def __init__(self, head, columns, rows):
        self.head, self.columns, self.rows = head, columns, rows
        self.cells = {}

    def markdown(self):
        lines = [self.head, f"| | {' | '.join(self.columns)} |", f"|---{'|---' * len(self.columns)}|"]
        for row in self.rows:
            cells = self.cells.get(row, {})
            lines.append(f"| {row} | {' | '.join(cells.get(column, '') for column in self.columns)} |")
        return "\n".join(lines) + "\n"


def plays_of(module, part, head):
    """A play for every peer and row."""
    table = Table(head, list(module.PEERS.values()), list(module.PLAYS))
    for number, (row, play) in enumerate(module.PLAYS.items()):
        for peer, column in module.PEERS.items():

            async def perform(places, row=row, play=play, peer=peer, column=column, name=f"{part}-{number}-{peer}"):
                table.cells.setdefault(row, {})[column] = await play(places, peer, name)

            yield table, f"{part}: {row}, {column}", perform


def cases():
    table = Table(AUTOBAHN, [*autobahn.VERDICTS, "FAILED", "which"], list(autobahn.PLAYS))
    for row, (before, group) in autobahn.PLAYS.items():

        async def perform(places, row=row, before=before, group=group):
            table.cells[row] = dict(zip(table.columns, await autobahn.play(places, before, group)))

        yield table, f"autobahn: {row}", perform


PARTS = {
    "autobahn": cases,
    "plain": lambda: plays_of(plain, "plain", PLAIN),
    "proxies": lambda: plays_of(proxies, "proxies", PROXIES),
}


async def play_all(places, parts):
    """Plays all; the tables, and what was not as it must be."""
    tables, failures, turns = [], [], asyncio.Semaphore(TOGETHER)

    async def take_turn(title, perform):
        async with turns:
            try:
                async with asyncio.timeout(PLAY_TIMEOUT_S):
                    await perform(places)
            except TimeoutError:
                failures.append(f"{title}: not over after {PLAY_TIMEOUT_S} s")
            except (Miss, OSError) as miss:
                failures.append(f"{title}: {miss}")

    async with asyncio.TaskGroup() as group:
        for part in parts:
            for table, title, perform in PARTS[part]():
                tables += [table] if table not in tables else []
                group.create_task(take_turn(title, perform))
    return tables, failures


def questions(page):
    """What is asked, without the answers."""
    return [line.split("|")[1] if line.startswith("|") else line for line in page.splitlines()]


async def main():
    parser = argparse.ArgumentParser(prog="tests/peers/run.sh")
    parser.add_argument("--packages", type=Path, required=True, help=argparse.SUPPRESS)
    parser.add_argument("--programs", type=Path, required=True, help=argparse.SUPPRESS)
    parser.add_argument("--write", action="store_true", help="write RESULTS.md, if all is as it must be")
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"{', '.join(PARTS)}; all of them, if none is named")
    args = parser.parse_args()
    if unknown := [part for part in args.parts if part not in PARTS]:
        parser.error(f"there is no part {unknown[0]}, only {', '.join(PARTS)}")
    task, began = asyncio.current_task(), time.monotonic()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, task.cancel)
    places = Places(args.packages, args.programs, args.packages / "logs")
    tables, failures = await play_all(places, args.parts or PARTS)
    page = HEAD + "".join(table.markdown() for table in tables)
    print(page)
    if not args.parts and args.write and not failures:
        RESULTS.write_text(page)
    elif not args.parts and (not RESULTS.exists() or questions(RESULTS.read_text()) != questions(page)):
        failures.append(f"{RESULTS.name} is of other plays: tests/peers/run.sh --write")
    for failure in failures:
        print(f"FAILED {failure}")
    played = sum(len(table.rows) for table in tables)
    print(f"{played} rows in {time.monotonic() - began:.0f} s, {len(failures)} failures; what each program printed is in {places.logs}")
    return 1 if failures else 0


try:
    sys.exit(asyncio.run(main()))
except asyncio.CancelledError:
    sys.exit("ended by a signal")
