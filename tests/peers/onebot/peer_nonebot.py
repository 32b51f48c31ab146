"""Owns NoneBot with its OneBot adapter as a bot, in the roles and with the commands that all bots here have (bot.py).

    python3 peer_nonebot.py server PORT TOKEN | client URL TOKEN
"""

import os
import sys

import nonebot
from bot import Bot, say
from nonebot.adapters.onebot.v11 import Adapter, HeartbeatMetaEvent, LifecycleMetaEvent, Message, MessageEvent, MessageSegment
from nonebot.adapters.onebot.v11.exception import ActionFailed
from nonebot.log import logger


class NoneBot(Bot):
    def fault(self, error):
        return {"error": type(error).__name__, "retcode": error.info.get("retcode") if isinstance(error, ActionFailed) else None}

    async def call(self, action, params):
        return await nonebot.get_bot().call_api(action, **params)

    async def answer(self, event):
        return await nonebot.get_bot().send(event, f"you said {event.get_plaintext()}")

    def picture(self, file):
        return Message(MessageSegment.image(file))


def tell_of_refusals(record):
    """What it logs of an opening handshake that was refused: the status, and the body."""
    error = record["exception"] and record["exception"].value
    if response := getattr(error, "response", None):
        say("refused", status=response.status_code, text=(response.body or b"").decode().strip())
    elif getattr(error, "code", None):
        say("closed", code=error.code)


def main(role, target, token):
    target_config = {"host": "127.0.0.1", "port": int(target)} if role == "server" else {"onebot_ws_urls": {target}}
    driver = "~fastapi" if role == "server" else "~websockets"
    nonebot.init(driver=driver, onebot_access_token=token or None, log_level="DEBUG", **target_config)
    # What it logs goes where errors go: the standard output is for what happens.
    logger.remove()
    logger.add(sys.stderr, level="DEBUG", diagnose=False)
    logger.add(lambda message: tell_of_refusals(message.record), level="DEBUG")
    driver, bot = nonebot.get_driver(), NoneBot()
    driver.register_adapter(Adapter)
    driver.on_startup(bot.begin)
    driver.on_bot_connect(connected)
    driver.on_bot_disconnect(disconnected)
    nonebot.on_metaevent().handle()(meta_event)

    async def message(event: MessageEvent):
        await bot.message(event, event.get_plaintext())

    nonebot.on_message().handle()(message)
    nonebot.run()


async def connected():
    say("connected")


async def disconnected():
    say("disconnected")


async def meta_event(event: LifecycleMetaEvent | HeartbeatMetaEvent):
    if isinstance(event, LifecycleMetaEvent):
        say("lifecycle", stage=event.sub_type)
    else:
        say("heartbeat", interval=event.interval, online=event.status.online, good=event.status.good)


os.environ["ENVIRONMENT"] = "prod"
main(*sys.argv[1:4])
