"""Owns the official client for Python in the role that all drivers play: it acknowledges what comes in, and tells of it in lines of JSON.

    python3 driver.py API_URL HANDLER_MS

Lines of the standard input: start, stop; with its end the program ends. Nothing of the client is changed but the URL.
"""

import json
import os
import sys
import threading
import time

from slack_sdk.socket_mode import SocketModeClient
from slack_sdk.socket_mode.response import SocketModeResponse
from slack_sdk.web import WebClient

api_url, handler_s = sys.argv[1], int(sys.argv[2]) / 1000
stdout = threading.Lock()


def say(what, **more):
    with stdout:
        print(json.dumps({"what": what, **more}), flush=True)


def handle(client, request):
    say("received", id=request.envelope_id)
    time.sleep(handler_s)
    try:
        client.send_socket_mode_response(SocketModeResponse(envelope_id=request.envelope_id))
    except Exception as error:
        say("refused", id=request.envelope_id, why=str(error))


def perform(command):
    try:
        client.connect() if command == "start" else client.close()
        say("started" if command == "start" else "stopped")
    except Exception as error:
        say("failed", why=str(error))


client = SocketModeClient(app_token="xapp-1-A0FAKE-1-secret", web_client=WebClient(base_url=api_url))
client.socket_mode_request_listeners.append(handle)
say("loaded")
for line in sys.stdin:
    threading.Thread(target=perform, args=[line.strip()], daemon=True).start()
os._exit(0)  # its threads are not all daemons
