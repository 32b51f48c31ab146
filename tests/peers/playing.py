"""Owns the frame of a command that plays: all plays side by side, the page of what was seen, and what the shell is told."""

import argparse
import asyncio
import signal
import sys
import time
from pathlib import Path

from stage import Miss, Places

PLAY_TIMEOUT_S = 100


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
    """A play for every peer and row; a row may have plays for some peers only."""
    table = Table(head, list(module.PEERS.values()), list(module.PLAYS))
    for number, (row, plays) in enumerate(module.PLAYS.items()):
        for peer, column in module.PEERS.items():
            play = plays.get(peer) if isinstance(plays, dict) else plays
            if play is None:
                table.cells.setdefault(row, {})[column] = "–"
                continue

            async def perform(places, row=row, play=play, peer=peer, column=column, name=f"{part}-{number}-{peer}"):
                table.cells.setdefault(row, {})[column] = await play(places, peer, name)

            yield table, f"{part}: {row}, {column}", perform


class Command:
    """A command: its parts, each of which yields its plays; the page it keeps, and how many plays may go on at the same time."""

    def __init__(self, script, head, parts, results, together):
        self.script, self.head, self.parts, self.results, self.together = script, head, parts, results, together

    async def _play(self, places, parts):
        """Plays all; the tables, and what was not as it must be."""
        tables, failures, turns = [], [], asyncio.Semaphore(self.together)

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
                for table, title, perform in self.parts[part]():
                    tables += [table] if table not in tables else []
                    group.create_task(take_turn(title, perform))
        return tables, failures

    def _arguments(self):
        parser = argparse.ArgumentParser(prog=self.script)
        parser.add_argument("--packages", type=Path, required=True, help=argparse.SUPPRESS)
        parser.add_argument("--programs", type=Path, required=True, help=argparse.SUPPRESS)
        parser.add_argument("--write", action="store_true", help=f"write {self.results.name}, if all is as it must be")
        parser.add_argument("parts", nargs="*", metavar="PART", help=f"{', '.join(self.parts)}; all of them, if none is named")
        args = parser.parse_args()
        if unknown := [part for part in args.parts if part not in self.parts]:
            parser.error(f"there is no part {unknown[0]}, only {', '.join(self.parts)}")
        return args

    async def _main(self):
        args = self._arguments()
        task, began = asyncio.current_task(), time.monotonic()
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, task.cancel)
        places = Places(args.packages, args.programs, args.packages / "logs")
        tables, failures = await self._play(places, args.parts or self.parts)
        page = self.head + "".join(table.markdown() for table in tables)
        print(page)
        if not args.parts and args.write and not failures:
            self.results.write_text(page)
        elif not args.parts and (not self.results.exists() or questions(self.results.read_text()) != questions(page)):
            failures.append(f"{self.results.name} is of other plays: {self.script} --write")
        for failure in failures:
            print(f"FAILED {failure}")
        played = sum(len(table.rows) for table in tables)
        print(f"{played} rows in {time.monotonic() - began:.0f} s, {len(failures)} failures; what each program printed is in {places.logs}")
        return 1 if failures else 0

    def run(self):
        try:
            sys.exit(asyncio.run(self._main()))
        except asyncio.CancelledError:
            sys.exit("ended by a signal")


def questions(page):
    """What is asked, without the answers."""
    return [line.split("|")[1] if line.startswith("|") else line for line in page.splitlines()]
