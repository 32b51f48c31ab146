"""Owns what all bots here do, whatever they are made with: they answer whoever writes, and perform commands.

What happens is told in lines of JSON. Lines of the standard input are commands: call ACTION JSON, repeat COUNT, picture BYTES; with its
end the bot ends.
"""

import asyncio
import base64
import json
import os
import sys
import threading
import zlib
from abc import ABC, abstractmethod


def say(what, **more):
    print(json.dumps({"what": what, **more}), flush=True)


class Bot(ABC):
    def __init__(self):
        self.tasks = set()

    @abstractmethod
    def fault(self, error):
        """What an error says."""

    @abstractmethod
    async def call(self, action, params):
        """What an action yields."""

    @abstractmethod
    async def answer(self, event):
        """Answers a message; what the action yields."""

    @abstractmethod
    def picture(self, file):
        """A message that is a picture."""

    async def begin(self):
        # A daemon: it does not hold up an end that a signal brings.
        threading.Thread(target=self._read, args=(asyncio.get_running_loop(),), daemon=True).start()

    def _read(self, loop):
        for line in sys.stdin:
            loop.call_soon_threadsafe(self._keep, self._perform(*line.split(maxsplit=2)))
        os._exit(0)

    def _keep(self, coroutine):
        task = asyncio.get_running_loop().create_task(coroutine)
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)

    async def message(self, event, text):
        say("message", text=text)
        await self._tell("answered", self.answer(event))

    async def _perform(self, command, *words):
        if command == "call":
            await self._tell("result", self.call(words[0], json.loads(words[1])))
        elif command == "repeat":
            count = int(words[0])
            calls = (self.call("repeat", {"number": number, "of": count}) for number in range(count))
            found = await asyncio.gather(*calls, return_exceptions=True)
            say("repeated", right=sum(one == {"number": number} for number, one in enumerate(found)))
        elif command == "picture":
            file = f"base64://{base64.b64encode(bytes(int(words[0]))).decode()}"
            say("sum", sum=zlib.adler32(file.encode()))
            params = {"message_type": "private", "user_id": 7, "message": self.picture(file)}
            await self._tell("result", self.call("send_msg", params))

    async def _tell(self, what, calling):
        try:
            say(what, data=await calling)
        except Exception as error:
            say("failed", text=str(error), **self.fault(error))
