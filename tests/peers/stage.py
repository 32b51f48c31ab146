"""Owns what a play has: programs that tell what happens to them in lines of JSON, and the table of what was seen.

Every program ends with its standard input, or by its id; whoever kills this process kills them too.
"""

import asyncio
import contextlib
import json
import os
import shutil
import socket
import zlib
from pathlib import Path

HERE = Path(__file__).resolve().parent
FAREWELL_S = 3
PATIENCE_S = 10
LINE_MAX = 1 << 20


class Miss(Exception):
    """Something was not as it must be."""


class Places:
    """Where the programs are, and where what they print is kept."""

    def __init__(self, packages, programs, logs):
        self.packages, self.programs, self.logs = packages, programs, logs
        shutil.rmtree(logs, ignore_errors=True)
        logs.mkdir(parents=True)
        self.environment = {name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")}
        self.environment["PYTHONPATH"] = str(packages / "python")
        self.environment["NODE_PATH"] = str(packages / "node_modules")

    def command(self, peer, *args):
        """The command that runs a peer in the role that all of them play."""
        program = {
            "relink": [self.programs / "peers_relink"],
            "ws": ["node", HERE / "peer_ws.cjs"],
            "websockets": ["python3", HERE / "peer_websockets.py"],
        }[peer]
        return [*program, *args]


class Program:
    """A program that runs."""

    def __init__(self, name, process, farewell, log):
        self.name, self.process, self.farewell, self.log = name, process, farewell, log
        self.said, self.place = [], 0
        self.changed = asyncio.Condition()
        self.over = False
        self.reading = asyncio.create_task(self._read())

    async def _read(self):
        async for line in self.process.stdout:
            self.log.write(line)
            with contextlib.suppress(ValueError):
                self.said.append(json.loads(line))
            async with self.changed:
                self.changed.notify_all()
        async with self.changed:
            self.over = True
            self.changed.notify_all()

    def tell(self, command):
        self.log.write(f"> {command}\n".encode())
        self.process.stdin.write(f"{command}\n".encode())

    async def hears(self, what, patience_s=PATIENCE_S, **wanted):
        """The next thing it says that is so; what it has said before that is passed over."""
        wanted["what"] = what
        begun = self.place
        try:
            async with asyncio.timeout(patience_s), self.changed:
                while True:
                    for place in range(self.place, len(self.said)):
                        if wanted.items() <= self.said[place].items():
                            self.place = place + 1
                            return self.said[place]
                    if self.over:
                        break
                    await self.changed.wait()
        except TimeoutError:
            pass
        raise Miss(f"{self.name} does not say {wanted}, but {self.said[begun:]}{' and ends' if self.over else ''}")

    def count(self, what, since=0):
        return sum(line["what"] == what for line in self.said[since:])

    async def kill(self):
        """As a crash does: it says goodbye to nobody."""
        self.process.kill()
        await self.process.wait()

    async def end(self):
        if self.process.returncode is None:
            self.process.stdin.close()
            if self.farewell:
                self.process.send_signal(self.farewell)
            try:
                await asyncio.wait_for(self.process.wait(), FAREWELL_S)
            except TimeoutError:
                await self.kill()
        await self.reading


@contextlib.asynccontextmanager
async def running(places, name, command, environment=None, farewell=None):
    """Runs a program for as long as it is needed. One that does not end with its input is ended by the signal `farewell`."""
    # Unbuffered: the program itself writes its errors there.
    with open(places.logs / f"{name}.log", "ab", buffering=0) as log:
        process = await asyncio.create_subprocess_exec(
            *("setpriv", "--pdeathsig", "TERM" if farewell else "KILL", *map(str, command)),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=log,
            limit=LINE_MAX,
            env=places.environment | (environment or {}),
        )
        program = Program(name, process, farewell, log)
        try:
            yield program
        finally:
            await program.end()


@contextlib.asynccontextmanager
async def server(places, peer, name, port=0, ping_ms=20000):
    """A peer that listens: the program, and its port."""
    async with running(places, name, places.command(peer, "server", port, ping_ms)) as program:
        yield program, (await program.hears("listening"))["port"]


@contextlib.asynccontextmanager
async def client(places, peer, name, url, ping_ms=20000):
    """A peer that dials."""
    async with running(places, name, places.command(peer, "client", url, ping_ms)) as program:
        yield program


def free_port():
    """A port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def payload(kind, size):
    """What `send KIND BYTES` sends, in every peer's language the same; here as it must come back."""
    if kind == "text":
        piece = "aß€😀 ".encode()
        data = piece * (size // len(piece)) + b"." * (size % len(piece))
    else:
        data = bytes(place % 251 for place in range(size))
    return {"kind": kind, "bytes": size, "sum": zlib.adler32(data)}


def must(condition, otherwise):
    if not condition:
        raise Miss(otherwise)
