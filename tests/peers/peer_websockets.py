"""Owns Python's websockets in the roles that all peers play: a server that echoes, a client that tells what happens to it.

    python3 peer_websockets.py server PORT PING_MS | client URL PING_MS

Lines of the standard input are commands: send KIND BYTES [FRAGMENTS], ping, close [CODE], drop. Nothing of its defaults is changed; its
own pings come after 20 s, and the plays are shorter.
"""

import asyncio
import json
import os
import sys
import zlib

from websockets.asyncio.client import ClientConnection, connect
from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.frames import Opcode


def say(what, **more):
    print(json.dumps({"what": what, **more}), flush=True)


class Watching:
    """Tells of pings: the library answers them by itself."""

    def process_event(self, event):
        if getattr(event, "opcode", None) is Opcode.PING:
            say("ping")
        super().process_event(event)


class WatchingServer(Watching, ServerConnection):
    pass


class WatchingClient(Watching, ClientConnection):
    pass


def payload(kind, size):
    if kind == "binary":
        return bytes(place % 251 for place in range(size))
    piece = "aß€😀 ".encode()
    return piece * (size // len(piece)) + b"." * (size % len(piece))


async def send(connection, kind, size, fragments):
    data, text = payload(kind, size), kind == "text"
    step = -(-size // fragments) or 1
    whole = fragments == 1
    await connection.send(data if whole else [data[place : place + step] for place in range(0, size, step)], text=text)


async def perform(connections, line):
    command, *words = line.split()
    for connection in list(connections):
        if command == "send":
            await send(connection, words[0], int(words[1]), int(words[2]) if len(words) > 2 else 1)
        elif command == "ping":
            await (await connection.ping())
            say("pong")
        elif command == "close" and words:
            await connection.close(int(words[0]))
        elif command == "close":
            async with connection.send_context():
                connection.protocol.send_close()
        elif command == "drop":
            connection.transport.abort()


async def receive(connection, received):
    try:
        while True:
            await received(await connection.recv())
    except ConnectionClosed:
        say("closed", code=connection.close_code)


async def tell(message):
    data = message.encode() if isinstance(message, str) else message
    say("message", kind="text" if isinstance(message, str) else "binary", bytes=len(data), sum=zlib.adler32(data))


async def read(perform_line):
    loop = asyncio.get_running_loop()
    while line := await loop.run_in_executor(None, sys.stdin.readline):
        asyncio.create_task(perform_line(line))
    os._exit(0)


async def main(role, target):
    if role == "server":

        async def serve_one(connection):
            say("open")
            await receive(connection, connection.send)

        server = await serve(serve_one, "127.0.0.1", int(target), create_connection=WatchingServer)
        say("listening", port=server.sockets[0].getsockname()[1])
        await read(lambda line: perform(server.connections, line))
    try:
        connection = await connect(target, create_connection=WatchingClient)
    except InvalidStatus as error:
        return say("failed", status=error.response.status_code)
    say("up")
    receiving = asyncio.create_task(receive(connection, tell))
    await read(lambda line: perform([connection], line))
    await receiving


asyncio.run(main(*sys.argv[1:3]))
