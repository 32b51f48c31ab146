"""Owns the plays with plain WebSocket peers: npm's ws and Python's websockets, each as a client and as a server."""

import asyncio
from contextlib import AsyncExitStack

from stage import Miss, client, must, payload, server

PEERS = {"ws": "npm's ws", "websockets": "Python's websockets"}
PING_MS = 300
IDLE_S = 1.6
MEGABYTE = 1 << 20
WHOLE = [("text", 0, 1), ("text", 1000, 1), ("binary", 1000, 1), ("text", MEGABYTE, 1), ("binary", MEGABYTE, 1)]
FRAGMENTED = [("text", 1000, 7), ("binary", 1000, 7), ("text", MEGABYTE, 64), ("binary", MEGABYTE, 64)]
LOST = ("eof", "io")


def relayed(messages):
    return f"{len(messages)} came over whole"


async def messages_to_our_server(places, peer, name):
    async with server(places, "relink", f"{name}-relink") as (_, port), client(places, peer, name, f"ws://127.0.0.1:{port}") as theirs:
        await theirs.hears("up")
        for kind, size, fragments in WHOLE + FRAGMENTED:
            theirs.tell(f"send {kind} {size} {fragments}")
            await theirs.hears("message", **payload(kind, size))
    return relayed(WHOLE + FRAGMENTED)


async def messages_to_our_client(places, peer, name):
    async with server(places, peer, name) as (theirs, port), client(places, "relink", f"{name}-relink", f"ws://127.0.0.1:{port}") as ours:
        await ours.hears("up")
        for kind, size, _ in WHOLE:
            ours.tell(f"send {kind} {size}")
            await ours.hears("message", **payload(kind, size))
        for kind, size, fragments in FRAGMENTED:
            theirs.tell(f"send {kind} {size} {fragments}")
            await ours.hears("message", **payload(kind, size))
    return relayed(WHOLE + FRAGMENTED)


async def their_pings(places, peer, name):
    async with AsyncExitStack() as stack:
        for role in ("client", "server"):
            theirs = await pair(stack, places, peer, f"{name}-{role}", role)
            theirs["theirs"].tell("ping")
            await theirs["theirs"].hears("pong")
    return "answered"


async def our_pings(places, peer, name):
    async with AsyncExitStack() as stack:
        pairs = [await pair(stack, places, peer, f"{name}-{role}", role, PING_MS) for role in ("client", "server")]
        await asyncio.sleep(IDLE_S)
        for both in pairs:
            must(both["theirs"].count("ping") >= 3, f"they heard {both['theirs'].said}")
            must(not both["ours"].count("down") + both["ours"].count("closed"), f"our link ended: {both['ours'].said}")
    return "answered: the link stays"


async def pair(stack, places, peer, name, role, ping_ms=20000):
    """A connection between them in this role, and us in the other."""
    listening, dialling = ("relink", peer) if role == "client" else (peer, "relink")
    accepted, port = await stack.enter_async_context(server(places, listening, f"{name}-{listening}", ping_ms=ping_ms))
    dialled = await stack.enter_async_context(client(places, dialling, f"{name}-{dialling}", f"ws://127.0.0.1:{port}", ping_ms))
    await dialled.hears("up")
    await accepted.hears("open")
    return {"ours": accepted, "theirs": dialled} if role == "client" else {"ours": dialled, "theirs": accepted}


async def their_client_closes(places, peer, name):
    async with server(places, "relink", f"{name}-relink") as (ours, port):
        for code in ("1000", "1001", "1011", "4321", ""):
            async with client(places, peer, name, f"ws://127.0.0.1:{port}") as theirs:
                await theirs.hears("up")
                theirs.tell(f"close {code}".strip())
                await ours.hears("closed", code=int(code) if code else None, why="closed", forced=False, cause="Peer")
                # 1005 stands for a Close without a code (RFC 6455 §7.1.5).
                await theirs.hears("closed", code=int(code or 1005))
    return "1000, 1001, 1011, 4321 and none: told, and answered alike"


async def our_server_closes(places, peer, name):
    async with server(places, "relink", f"{name}-relink") as (ours, port):
        for code in (1000, 1001, 1008, 1012, 4321):
            async with client(places, peer, name, f"ws://127.0.0.1:{port}") as theirs:
                await theirs.hears("up")
                await ours.hears("open")
                ours.tell(f"close {code}")
                await theirs.hears("closed", code=code)
                await ours.hears("closed", code=code, forced=False, cause="Ended")
    return "1000, 1001, 1008, 1012, 4321: seen there, and answered"


async def their_server_closes(places, peer, name):
    delays = {1000: (0, 1000), 1001: (0, 5000), 1011: (0, 1000), 1012: (0, 10000), 4321: (0, 1000), 1013: (5000, 20000)}
    async with server(places, peer, name) as (theirs, port):
        url = f"ws://127.0.0.1:{port}"
        async with client(places, "relink", f"{name}-relink", url) as ours:
            for code, (least, most) in delays.items():
                await ours.hears("up")
                await theirs.hears("open")
                theirs.tell(f"close {code}")
                down = await ours.hears("down", code=code, why="closed")
                # The next moment is told as an instant; this much may pass until it is looked at.
                must(least - 500 <= down["retry_ms"] <= most, f"after {code} it is dialled again in {down['retry_ms']} ms")
                ours.tell("retry")
        async with client(places, "relink", f"{name}-relink", url) as ours:
            await ours.hears("up")
            await theirs.hears("open")
            theirs.tell("close 3000")
            await ours.hears("down", code=3000, retry_ms=None)
            await ours.hears("gave-up")
    return "1000, 1011, 4321: back at once; 1001: within 5 s; 1012: within 10 s; 1013: not before 5 s; 3000: given up"


async def our_client_closes(places, peer, name):
    async with server(places, peer, name) as (theirs, port):
        for code in (1000, 4321):
            async with client(places, "relink", f"{name}-relink", f"ws://127.0.0.1:{port}") as ours:
                await ours.hears("up")
                ours.tell(f"stop {code}")
                await ours.hears("ended")
                await theirs.hears("closed", code=code)
    return "1000, 4321: seen there; the stop waits for the answer"


async def their_server_restarts(places, peer, name):
    async with AsyncExitStack() as stack:
        theirs, port = await stack.enter_async_context(server(places, peer, name))
        ours = await stack.enter_async_context(client(places, "relink", f"{name}-relink", f"ws://127.0.0.1:{port}"))
        await ours.hears("up")
        await theirs.kill()
        down = await ours.hears("down")
        must(down["why"] in LOST, f"the end is called {down}")
        await ours.hears("failed", why="dial")
        await stack.enter_async_context(server(places, peer, f"{name}-again", port=port))
        await ours.hears("up")
        ours.tell("send text 1000")
        await ours.hears("message", **payload("text", 1000))
    return "killed and started again: the link is back"


async def dropped(places, peer, name):
    async with AsyncExitStack() as stack:
        for role, ended in (("client", "closed"), ("server", "down")):
            both = await pair(stack, places, peer, f"{name}-{role}", role)
            both["theirs"].tell("drop")
            end = await both["ours"].hears(ended)
            must(end["why"] in LOST and end["code"] is None, f"the end is called {end}")
            if role == "server":
                await both["ours"].hears("up")
    return "called a loss; our client is back"


async def drained(places, peer, name):
    async with AsyncExitStack() as stack:
        ours, port = await stack.enter_async_context(server(places, "relink", f"{name}-relink"))
        url = f"ws://127.0.0.1:{port}"
        theirs = [await stack.enter_async_context(client(places, peer, f"{name}-{number}", url)) for number in range(3)]
        for one in theirs:
            await one.hears("up")
        ours.tell("drain")
        for one in theirs:
            await one.hears("closed", code=1001)
        await ours.hears("drained", graceful=3, forced=0)
    return "3 see 1001, none had to be forced"


async def turned_away(places, peer, name):
    async with server(places, "relink", f"{name}-relink") as (ours, port):
        ours.tell("refuse 3")
        await asyncio.sleep(0.1)
        async with client(places, peer, name, f"ws://127.0.0.1:{port}") as theirs:
            await theirs.hears("failed", status=503)
            if theirs.count("up"):
                raise Miss("it came in")
    return "seen there"


PLAYS = {
    "their client, our server: text, binary, fragments, 1 MiB": messages_to_our_server,
    "our client, their server: text, binary, fragments, 1 MiB": messages_to_our_client,
    "their ping, either way": their_pings,
    "our ping, either way": our_pings,
    "their client closes": their_client_closes,
    "our server closes": our_server_closes,
    "their server closes": their_server_closes,
    "our client closes": our_client_closes,
    "their server is killed": their_server_restarts,
    "dropped without a Close, either way": dropped,
    "our server is drained": drained,
    "our server answers 503": turned_away,
}
