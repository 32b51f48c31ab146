"""Owns the command behind run.sh: it plays all parts at the same time, prints what was seen, and keeps the page.

    python3 run.py --packages DIR --programs DIR [--write] [autobahn] [plain] [proxies]
"""

import autobahn
import plain
import proxies
from playing import Command, Table, plays_of
from stage import HERE

# How many plays may run at the same time: their programs share two cores in CI.
TOGETHER = 6

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

Command("tests/peers/run.sh", HEAD, PARTS, HERE / "RESULTS.md", TOGETHER).run()
