"""Owns a relay between an account and a bot, which can lose one side of a connection without the other side's knowing."""

import asyncio
from contextlib import asynccontextmanager, suppress


class Relay:
    def __init__(self, target):
        self.target = target
        self.port = 0
        # The two streams of each connection, the newest last.
        self.pairs, self.kept = [], []

    @staticmethod
    @asynccontextmanager
    async def open(target):
        relay = Relay(target)
        server = await asyncio.start_server(relay._serve, "127.0.0.1", 0)
        relay.port = server.sockets[0].getsockname()[1]
        try:
            yield relay
        finally:
            server.close()
            for writer in [writer for pair in relay.pairs for writer in pair] + relay.kept:
                writer.transport.abort()

    async def _serve(self, reader, writer):
        try:
            their_reader, their_writer = await asyncio.open_connection("127.0.0.1", self.target)
        except OSError:
            return writer.transport.abort()
        pair = (writer, their_writer)
        self.pairs.append(pair)
        await asyncio.gather(self._pass_on(reader, their_writer, pair), self._pass_on(their_reader, writer, pair))

    async def _pass_on(self, reader, writer, pair):
        with suppress(OSError):
            while data := await reader.read(1 << 16):
                writer.write(data)
                await writer.drain()
        # Of a connection that was cut in half, the other side does not hear.
        if pair in self.pairs:
            for one in pair:
                one.close()

    def cut_in_half(self):
        """Whoever has dialled loses the newest connection; the other side does not hear of it."""
        dialler, other = self.pairs.pop()
        dialler.transport.abort()
        self.kept.append(other)

    def end_old(self):
        """The side that did not hear does now."""
        while self.kept:
            self.kept.pop().transport.abort()
