"""Owns a meeting: relink's account and a bot, whoever of them dials, each of which can be ended and started again."""

import asyncio
import time
from pathlib import Path

from stage import Miss, free_port, must, running

HERE = Path(__file__).resolve().parent
TOKEN = "the-right-token"
HEARTBEAT_MS = 300
# What relink waits at most between two dials, by its own default.
DELAY_MAX_MS = 60_000
# How long an answer may take, on a busy machine.
ANSWER_S = 5
# How long a program may take until it listens: Python's imports, on a busy machine.
START_S = 30

BOTS = {
    "nonebot-server": ("peer_nonebot.py", "server", "/onebot/v11/ws"),
    "nonebot-client": ("peer_nonebot.py", "client", "/"),
    "aiocqhttp-server": ("peer_aiocqhttp.py", "server", "/ws/"),
}


class Meeting:
    def __init__(self, places, stack, peer, name, delay_max_ms=DELAY_MAX_MS, roles=("Universal",)):
        self.places, self.stack, self.name, self.delay_max_ms, self.roles = places, stack, name, delay_max_ms, roles
        self.script, self.role, self.path = BOTS[peer]
        self.port = free_port()
        # Where the account dials: a relay may stand there.
        self.door = self.port
        self.bot = self.account = None
        self.started = 0

    async def _run(self, what, command):
        self.started += 1
        return await self.stack.enter_async_context(running(self.places, f"{self.name}-{what}-{self.started}", command))

    def url(self, port):
        return f"ws://127.0.0.1:{port}{self.path}"

    @property
    def is_dialled(self):
        """Whether the bot is."""
        return self.role == "server"

    async def start_bot(self, token=TOKEN):
        target = self.port if self.is_dialled else self.url(self.port)
        command = [self.places.packages / "venv/bin/python", "-B", HERE / self.script, self.role, target, token]
        self.bot = await self._run("bot", command)
        if self.is_dialled:
            await listens(self.port)

    async def start_account(self, token=TOKEN):
        if self.is_dialled:
            role = ["dial", self.url(self.door), token, HEARTBEAT_MS, self.delay_max_ms, *self.roles]
        else:
            role = ["accept", self.port, token, HEARTBEAT_MS]
        self.account = await self._run("account", [self.places.programs / "onebot_peers", *role])
        if not self.is_dialled:
            await self.account.hears("listening")

    async def begin(self):
        """Both are there; who is dialled is there first."""
        for start in (self.start_bot, self.start_account) if self.is_dialled else (self.start_account, self.start_bot):
            await start()
        await self.is_up(START_S)
        return self

    async def is_up(self, within_s):
        """The bot sees the connection; how long that took."""
        began = time.monotonic()
        await self.bot.hears("lifecycle", within_s, stage="connect")
        return time.monotonic() - began

    async def talk(self, text, within_s=ANSWER_S):
        """Somebody writes, the bot answers, and sees that it has; milliseconds until the answer was here."""
        self.account.tell(f"write {text}")
        return await self.is_answered(text, within_s)

    async def is_answered(self, text, within_s=ANSWER_S):
        await self.bot.hears("message", within_s, text=text)
        action = await self.account.hears("action", within_s, name="send_msg", text=f"you said {text}")
        must((await self.bot.hears("answered", within_s))["data"]["message_id"] > 0, "the answer has no number")
        return action["ms"]


async def listens(port):
    """Waits until somebody listens there: neither bot says when it does."""
    began = time.monotonic()
    while time.monotonic() - began < START_S:
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", port)
            return writer.close()
        except ConnectionRefusedError:
            await asyncio.sleep(0.05)
    raise Miss(f"nobody listens at {port} within {START_S} s")


async def is_over(program, within_s):
    try:
        async with asyncio.timeout(within_s):
            await program.process.wait()
    except TimeoutError:
        raise Miss(f"{program.name} has not ended within {within_s} s") from None


async def hears_all(program, within_s, *wanted):
    """What it says in any order, from now on."""
    begun, reached = program.place, program.place
    for one in wanted:
        program.place = begun
        await program.hears(patience_s=within_s, **one)
        reached = max(reached, program.place)
    program.place = reached


def within(seconds, bound, what):
    """A figure, if it is within its bound."""
    if seconds > bound:
        raise Miss(f"{what} after {seconds:.2f} s, not within {bound} s")
    return f"{seconds:.1f} s [{bound}]"
