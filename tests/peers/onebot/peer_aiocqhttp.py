"""Owns aiocqhttp as a bot, with the commands that all bots here have (bot.py). It can only be dialled.

    python3 peer_aiocqhttp.py server PORT TOKEN
"""

import sys

import aiocqhttp
from aiocqhttp import ActionFailed, CQHttp, MessageSegment
from bot import Bot, say


class Aiocqhttp(Bot):
    def __init__(self, app):
        super().__init__()
        self.app = app

    def fault(self, error):
        return {"error": type(error).__name__, "retcode": error.result.get("retcode") if isinstance(error, ActionFailed) else None}

    async def call(self, action, params):
        return await self.app.call_action(action, **params)

    async def answer(self, event):
        return await self.app.send(event, f"you said {event.raw_message}")

    def picture(self, file):
        return aiocqhttp.Message(MessageSegment.image(file))


def main(port, token):
    app = CQHttp(access_token=token or None)
    bot = Aiocqhttp(app)
    app.on_startup(bot.begin)

    @app.on_meta_event
    async def _(event):
        if event.detail_type == "lifecycle":
            say("lifecycle", stage=event.sub_type)
        else:
            say("heartbeat", interval=event.interval, online=event.status["online"], good=event.status["good"])

    @app.on_message
    async def _(event):
        await bot.message(event, event.raw_message)

    # It says nothing itself of connections that come and go; its server does.
    @app.server_app.before_websocket
    async def _():
        say("asked")

    @app.server_app.teardown_websocket
    async def _(_):
        say("disconnected")

    app.run("127.0.0.1", port)


main(int(sys.argv[2]), sys.argv[3])
