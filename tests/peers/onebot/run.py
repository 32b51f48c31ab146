"""Owns the command behind run.sh: relink's accounts meet the bots of other authors.

    python3 run.py --packages DIR --programs DIR [--write]
"""

from pathlib import Path

import plays
from playing import Command, plays_of

# How many plays may go on at the same time: their programs share two cores in CI.
TOGETHER = 6

HEAD = """<!-- Written by tests/peers/onebot/run.sh --write. -->
# relink's accounts before bots of other authors

Every row fails the run if it is not so within its bound, in brackets; what a cell says, another run may say a little otherwise.
NoneBot is nonebot2 2.5.0 with nonebot-adapter-onebot 2.4.6 on its drivers FastAPI (uvicorn) and websockets, aiocqhttp is 1.4.4 on
Quart (hypercorn), all with their own defaults. Delays are relink's own defaults, too, where no other is named.
"""

PARTS = {"onebot": lambda: plays_of(plays, "onebot", "")}

Command("tests/peers/onebot/run.sh", HEAD, PARTS, Path(__file__).resolve().parent / "RESULTS.md", TOGETHER).run()
