"""Owns the plays with bots: NoneBot and aiocqhttp, dialled by relink's account, and NoneBot, which dials it."""

import asyncio
import signal
import statistics
import time
from contextlib import AsyncExitStack, asynccontextmanager
from itertools import pairwise

from meeting import HEARTBEAT_MS, START_S, TOKEN, Meeting, hears_all, is_over, within
from relay import Relay
from stage import must

PEERS = {"nonebot-server": "NoneBot, dialled", "nonebot-client": "NoneBot dials", "aiocqhttp-server": "aiocqhttp, dialled"}

TALKS = 20
# The usual time of an answer.
AT_ONCE_MS = 100
# A process that is killed: its kernel closes its sockets. Nothing else tells as soon, on a busy machine either.
NOTICED_S = 3
# To say goodbye, or that a token has changed.
SAID_S = 5
# What a bot takes to say goodbye: hypercorn waits for 3 s.
STOPPED_S = 10
# NoneBot dials every 3 s.
BOT_DIALS_S = 8
# relink's delays: at random within 3 s, then within 6 s, 12 s, while Python starts.
BACK_S = 25
CALLS = 200


@asynccontextmanager
async def met(places, peer, name, **more):
    async with AsyncExitStack() as stack:
        yield await Meeting(places, stack, peer, name, **more).begin()


async def signs_of_life(places, peer, name):
    async with met(places, peer, name) as both:
        await both.bot.hears("heartbeat", interval=HEARTBEAT_MS, online=True, good=True)
        times = []
        for _ in range(7):
            await both.bot.hears("heartbeat", interval=HEARTBEAT_MS)
            times.append(time.monotonic() * 1000)
        # A busy machine may hold one up.
        gap_ms = statistics.median(late - early for early, late in pairwise(times))
        must(abs(gap_ms - HEARTBEAT_MS) < HEARTBEAT_MS / 2, f"there are {gap_ms:.0f} ms between two heartbeats")
        both.account.tell("health bad")
        await both.bot.hears("heartbeat", good=False)
        said = [line["stage"] for line in both.bot.said if line["what"] == "lifecycle"]
        must(said == ["connect", "enable"], f"the lifecycle is {said}")
    seen = f"{gap_ms:.0f} ms [{HEARTBEAT_MS} ± {HEARTBEAT_MS // 2}]"
    return f"`connect`, `enable`, then a heartbeat every {seen}; bad health is seen"


async def answers(places, peer, name):
    async with met(places, peer, name) as both:
        answered = await talk_at_length(both)
        echo = next(line["echo"] for line in both.account.said if line["what"] == "action")
    return f"{answered}; echo `{echo}`"


async def talk_at_length(both):
    took_ms = statistics.median([await both.talk(f"hello {number}") for number in range(TALKS)])
    must(took_ms < AT_ONCE_MS, f"an answer usually took {took_ms:.0f} ms")
    return f"{TALKS} answered, usually after {took_ms:.1f} ms [{AT_ONCE_MS}]"


async def failing_actions(places, peer, name):
    async with met(places, peer, name) as both:
        for command, retcode in (("call no_such_action {}", 1404), ("call send_msg {}", 1400)):
            both.bot.tell(command)
            await both.bot.hears("failed", error="ActionFailed", retcode=retcode)
        await both.talk("still there?")
    return "ActionFailed with retcode 1404; with 1400 where parameters are missing; the connection stays"


async def many_calls(places, peer, name):
    async with met(places, peer, name) as both:
        began = time.monotonic()
        both.bot.tell(f"repeat {CALLS}")
        await both.bot.hears("repeated", 10, right=CALLS)
        took = within(time.monotonic() - began, 10, "all are answered")
    return f"{CALLS} at once, the last answered first: each gets its own, in {took}"


async def large(places, peer, name):
    async with met(places, peer, name) as both:
        began = time.monotonic()
        both.bot.tell(f"picture {6 << 20}")
        sent = await both.bot.hears("sum", 10)
        await both.account.hears("action", 10, sum=sent["sum"])
        await both.bot.hears("result", 10)
        took = within(time.monotonic() - began, 10, "the picture is there")
        # The WebSocket client of NoneBot's takes 1 MiB.
        both.account.tell(f"letter {500 << 10}")
        await both.bot.hears("message", text="x" * (500 << 10))
        await both.bot.hears("answered")
    return f"8 MiB to us in {took}, 1,000 KiB to them"


async def bot_restarts(places, peer, name):
    async with met(places, peer, name) as both:
        await both.talk("hello")
        began = time.monotonic()
        await both.bot.kill()
        down = await both.account.hears("down", NOTICED_S)
        noticed = within(time.monotonic() - began, NOTICED_S, "the loss was noticed")
        must(down["why"] in ("eof", "io"), f"the loss is called {down}")
        # Whom we dial hears what was written meanwhile.
        both.account.tell("write while you were away")
        await both.account.hears("wrote", connections=int(both.is_dialled))
        await both.start_bot()
        back = within(await both.is_up(BACK_S), BACK_S, "it was back")
        if both.is_dialled:
            await both.is_answered("while you were away")
        await both.talk("hello again")
    missed = "; what was written meanwhile is answered" if both.is_dialled else ""
    return f"noticed after {noticed}; back after {back}{missed}"


async def bot_is_stopped(places, peer, name):
    async with met(places, peer, name) as both:
        await both.talk("hello")
        began = time.monotonic()
        both.bot.process.send_signal(signal.SIGTERM)
        down = await both.account.hears("down", STOPPED_S)
        stopped = within(time.monotonic() - began, STOPPED_S, "the connection ended")
        await is_over(both.bot, STOPPED_S)
        await both.start_bot()
        back = within(await both.is_up(BACK_S), BACK_S, "it was back")
        await both.talk("hello again")
    return f"ends with {down['code'] or down['why']} after {stopped}; back after {back}"


async def account_restarts(places, peer, name):
    async with met(places, peer, name) as both:
        await both.talk("hello")
        began = time.monotonic()
        await both.account.kill()
        await both.bot.hears("disconnected", NOTICED_S)
        noticed = within(time.monotonic() - began, NOTICED_S, "the loss was noticed")
        await both.start_account()
        bound = NOTICED_S if both.is_dialled else BOT_DIALS_S
        back = within(await both.is_up(bound), bound, "it was back")
        await both.talk("hello again")
    return f"noticed after {noticed}; back after {back}"


async def account_is_switched_off(places, peer, name):
    async with met(places, peer, name) as both:
        await both.talk("hello")
        began = time.monotonic()
        both.account.tell("stop" if both.is_dialled else "drain")
        closed = () if both.is_dialled else ({"what": "closed", "code": 1001},)
        await hears_all(both.bot, SAID_S, {"what": "lifecycle", "stage": "disable"}, {"what": "disconnected"}, *closed)
        if both.is_dialled:
            await both.account.hears("down", SAID_S, retry_ms=None, forced=0)
        else:
            await both.account.hears("drained", SAID_S, graceful=1, forced=0)
        took = within(time.monotonic() - began, SAID_S, "it was over")
        await both.account.end()
        await both.start_account()
        await both.is_up(BOT_DIALS_S)
        await both.talk("hello again")
    return f"`disable` is seen, {'the' if both.is_dialled else '1001, and our'} Close is answered, over in {took}; on again, it is back"


async def wrong_token_of_ours(places, peer, name):
    """We dial; the sentence is relink's."""
    said = []
    for number, token in enumerate(("wrong", "")):
        async with AsyncExitStack() as stack:
            both = Meeting(places, stack, peer, f"{name}-{number}")
            await both.start_bot()
            await both.start_account(token)
            end = await both.account.hears("down")
            must(end["status"] in (401, 403), f"the end is {end}")
            must(end["retry_ms"] is None or end["retry_ms"] > 30_000, f"dialled again after {end['retry_ms']} ms")
            must("check the token" in end["text"], f"a person is told {end['text']}")
            must(not both.bot.count("lifecycle"), "it came in")
            sentence, _, _ = end["text"].partition("; it says")
            said.append(f"“{sentence}”, {'given up' if end['retry_ms'] is None else 'dialled again after a minute'}")
    return " · ".join(said)


async def wrong_token_of_theirs(places, peer, name):
    """They dial; the sentence is what they are told, in the answer's body."""
    said = []
    for token, status in (("wrong", 403), ("", 401)):
        async with AsyncExitStack() as stack:
            both = Meeting(places, stack, peer, f"{name}-{status}")
            await both.start_account()
            await both.start_bot(token)
            refused = await both.bot.hears("refused", START_S, status=status)
            must(refused["text"], "nothing is said")
            said.append(f"{status}, “{refused['text']}”")
    return " · ".join(said)


async def token_changes(places, peer, name):
    async with met(places, peer, name) as both:
        both.account.tell("token another")
        await both.account.hears("changed", ended=1)
        await both.bot.hears("closed", SAID_S, code=1008)
        await both.bot.hears("refused", BOT_DIALS_S, status=403)
        both.account.tell(f"token {TOKEN}")
        await both.is_up(BOT_DIALS_S)
        await both.talk("hello again")
    return "1008 for who has shown the old one, who then gets 403; back when it is right again"


@asynccontextmanager
async def half_open(places, peer, name):
    """The account's connection is lost on its side only: the bot has not heard of it, and holds it for alive."""
    async with AsyncExitStack() as stack:
        both = Meeting(places, stack, peer, name, delay_max_ms=3000)
        relay = await stack.enter_async_context(Relay.open(both.port))
        both.door = relay.port
        await both.begin()
        await both.talk("hello")
        relay.cut_in_half()
        await both.account.hears("down", NOTICED_S)
        yield both, relay


async def half_open_at_nonebot(places, peer, name):
    async with half_open(places, peer, name) as (both, relay):
        await both.account.hears("down", 10, status=403)
        await both.account.hears("down", 10, status=403)
        relay.end_old()
        back = within(await both.is_up(10), 10, "it was back")
        await both.talk("hello again")
    return f"403 while it holds the old one for alive; not given up: back {back} after the old one ends, with delays of 3 s at most"


async def half_open_at_aiocqhttp(places, peer, name):
    async with half_open(places, peer, name) as (both, relay):
        back = within(await both.is_up(SAID_S), SAID_S, "it was back")
        await both.talk("hello again")
        relay.end_old()
        await both.bot.hears("disconnected")
        both.account.tell("write are you there?")
        await both.bot.hears("failed", error="ApiNotAvailable")
    return f"back in {back}, answers; when the old one ends, aiocqhttp forgets the new one (its ApiNotAvailable)"


async def connection_for_each_role(places, peer, name):
    async with AsyncExitStack() as stack:
        both = Meeting(places, stack, peer, name, roles=("Event", "API"))
        await both.start_bot()
        await both.start_account()
        await hears_all(both.account, 5, *({"what": "up", "role": role} for role in both.roles))
        await both.is_up(SAID_S)
        answered = await talk_at_length(both)
        must(both.bot.count("asked") == 2, "there are not two connections")
    return answered


PLAYS = {
    "`connect` and heartbeats": signs_of_life,
    "an event is a message; the bot answers with `send_msg`, and sees its result": answers,
    "an unknown action": failing_actions,
    "many actions": many_calls,
    "a picture in base64, a long message": large,
    "the bot is killed, and started again": bot_restarts,
    "the bot is stopped (SIGTERM), and started again": bot_is_stopped,
    "our account is killed, and started again": account_restarts,
    "our account is switched off, and on again": account_is_switched_off,
    "a wrong token, then none": {
        "nonebot-server": wrong_token_of_ours,
        "nonebot-client": wrong_token_of_theirs,
        "aiocqhttp-server": wrong_token_of_ours,
    },
    "our token changes": {"nonebot-client": token_changes},
    "our connection is lost, and the bot does not know": {
        "nonebot-server": half_open_at_nonebot,
        "aiocqhttp-server": half_open_at_aiocqhttp,
    },
    "a connection for events, another one for actions": {"aiocqhttp-server": connection_for_each_role},
}
