"""Owns the plays with a proxy between our client and our server: nginx and HAProxy as Debian has them."""

import asyncio
import os
import shutil
import signal
import tempfile
from contextlib import asynccontextmanager
from pathlib import Path

from stage import Miss, client, free_port, must, payload, running, server

PEERS = {"nginx": "nginx", "haproxy": "HAProxy"}
IDLE_MS, NEVER_MS, PING_MS = 2000, 60000, 500
RETRY_AFTER_S = 3
LOST = ("eof", "io")
# What each answers while nobody listens behind it.
NOBODY = {"nginx": 502, "haproxy": 503}
RELOAD = {"nginx": signal.SIGHUP, "haproxy": signal.SIGUSR2}
SILENT_REQUEST = (
    b"GET / HTTP/1.1\r\nHost: relink\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
    b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
)

NGINX = """
daemon off;
worker_processes 1;
worker_shutdown_timeout 1s;
pid {folder}/nginx.pid;
error_log stderr notice;
events {{ worker_connections 64; }}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    server {{
        listen 127.0.0.1:{port};
        location / {{
            proxy_pass http://127.0.0.1:{behind};
            proxy_http_version 1.1;
            proxy_set_header Upgrade $http_upgrade;
            proxy_set_header Connection "upgrade";
            proxy_read_timeout {idle_ms}ms;
            proxy_send_timeout {idle_ms}ms;
        }}
    }}
}}
"""

HAPROXY = """
global
    hard-stop-after 1s
defaults
    mode http
    retries 0
    timeout connect 1s
    timeout client {idle_ms}ms
    timeout server {idle_ms}ms
    timeout tunnel {idle_ms}ms
frontend before
    bind 127.0.0.1:{port}
    default_backend behind
backend behind
    server relink 127.0.0.1:{behind}
"""


def find(places, name):
    """The program, and what it needs where it is only unpacked."""
    unpacked = places.packages / "debian"
    installed = shutil.which(name, path=f"{os.environ['PATH']}:/usr/sbin")
    if installed:
        return installed, {}
    return unpacked / "usr/sbin" / name, {"LD_LIBRARY_PATH": ":".join(map(str, unpacked.glob("usr/lib/*")))}


@asynccontextmanager
async def proxy(places, peer, name, behind, idle_ms):
    """A proxy before the port behind it: the program, and the port in front."""
    program, environment = find(places, peer)
    port = free_port()
    with tempfile.TemporaryDirectory(prefix="relink-peers-") as folder:
        config = Path(folder) / "config"
        config.write_text((NGINX if peer == "nginx" else HAPROXY).format(folder=folder, port=port, behind=behind, idle_ms=idle_ms))
        args = {"nginx": ["-p", folder, "-e", "stderr", "-c", config], "haproxy": ["-W", "-f", config]}[peer]
        async with running(places, f"{name}-{peer}", [program, *args], environment, farewell=signal.SIGTERM) as running_proxy:
            await answers(running_proxy, port)
            yield running_proxy, port


async def answers(program, port):
    for _ in range(100):
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", port)
            return writer.close()
        except OSError:
            await asyncio.sleep(0.05)
    raise Miss(f"{program.name} does not listen; its log says why")


@asynccontextmanager
async def chain(places, peer, name, idle_ms=NEVER_MS, server_ping_ms=NEVER_MS, client_ping_ms=NEVER_MS):
    """Our client, the proxy and our server, connected."""
    async with server(places, "relink", f"{name}-server", ping_ms=server_ping_ms) as (behind, port):
        async with proxy(places, peer, name, port, idle_ms) as (between, front):
            async with client(places, "relink", f"{name}-client", f"ws://127.0.0.1:{front}", client_ping_ms) as ours:
                await ours.hears("up")
                yield ours, between, behind, port


async def echoes(ours):
    ours.tell("send text 1000")
    await ours.hears("message", **payload("text", 1000))


async def idle(places, peer, name):
    async with chain(places, peer, name, IDLE_MS) as (ours, _, behind, _):
        down = await ours.hears("down")
        must(down["why"] in LOST, f"the link says {down}")
        closed = await behind.hears("closed")
        must(closed["why"] in LOST, f"the server says {closed}")
        await ours.hears("up")
        await echoes(ours)
    return f"the link: {down['why']}, the server: {closed['why']}; the link is back"


async def pinged(places, peer, name):
    for client_ping_ms, server_ping_ms in ((PING_MS, NEVER_MS), (NEVER_MS, PING_MS)):
        async with chain(places, peer, name, IDLE_MS, server_ping_ms, client_ping_ms) as (ours, _, _, _):
            await asyncio.sleep(2.5 * IDLE_MS / 1000)
            must(ours.count("down") == 0, f"the link ended: {ours.said}")
            await echoes(ours)
    return "it stays"


def workers(program):
    pid = program.process.pid
    return set(Path(f"/proc/{pid}/task/{pid}/children").read_text().split())


async def reload(program, number):
    """The workers before. A signal that comes before the master listens for it is lost, so it is sent until there is a new worker."""
    old = workers(program)
    must(old, "there is no worker")
    for _ in range(5):
        program.process.send_signal(number)
        for _ in range(40):
            if workers(program) - old:
                return old
            await asyncio.sleep(0.05)
    raise Miss(f"it is not reloaded: its workers are still {old}")


async def reloaded(places, peer, name):
    async with chain(places, peer, name) as (ours, between, _, _):
        old = await reload(between, RELOAD[peer])
        down = await ours.hears("down")
        must(down["why"] in LOST, f"the link says {down}")
        await ours.hears("up")
        await echoes(ours)
        for _ in range(100):
            now = workers(between)
            if not old & now and now:
                break
            await asyncio.sleep(0.05)
        else:
            raise Miss(f"the old workers {old} are still there: {now}")
    return f"the old workers end: {down['why']}; the link is back on the new ones"


async def restarted(places, peer, name):
    async with chain(places, peer, name) as (ours, _, behind, port):
        await behind.kill()
        down = await ours.hears("down")
        must(down["why"] in LOST, f"the link says {down}")
        for _ in range(2):
            failed = await ours.hears("failed", status=NOBODY[peer])
            must(failed["retry_ms"] is not None, "it is not tried again")
        async with server(places, "relink", f"{name}-again", port=port):
            await ours.hears("up")
            await echoes(ours)
    return f"{down['why']}, then {NOBODY[peer]}, tried again; the link is back"


async def drained(places, peer, name):
    async with chain(places, peer, name) as (ours, _, behind, port):
        behind.tell("drain")
        await ours.hears("down", code=1001, why="closed")
        await behind.hears("drained", graceful=1, forced=0)
        await behind.end()
        async with server(places, "relink", f"{name}-again", port=port):
            ours.tell("retry")
            await ours.hears("up")
    return "1001 comes through; the link is back"


async def silent(port):
    """A client that is let in, and answers nothing from then on."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(SILENT_REQUEST)
    answer = await reader.readuntil(b"\r\n\r\n")
    must(answer.startswith(b"HTTP/1.1 101"), f"it is answered {answer}")
    return writer


async def turned_away(places, peer, name):
    async with chain(places, peer, name) as (ours, _, behind, port):
        writer = await silent(port)
        behind.tell("drain")
        await ours.hears("down", code=1001)
        ours.tell("retry")
        failed = await ours.hears("failed", status=503)
        must(4500 <= failed["retry_ms"] <= 6000, f"it is dialled again in {failed['retry_ms']} ms")
        await behind.hears("drained", graceful=1, forced=1)
        writer.close()
    return "503, dialled again after the plan's 5 s; the silent one is forced"


async def refused(places, peer, name):
    async with chain(places, peer, name) as (ours, _, behind, _):
        behind.tell(f"refuse {RETRY_AFTER_S}")
        behind.tell("close 1011")
        await ours.hears("down", code=1011)
        failed = await ours.hears("failed", status=503)
        least = RETRY_AFTER_S * 1000
        # A moment may pass until the instant is looked at; the policy's own delay comes on top.
        must(least - 500 <= failed["retry_ms"] <= least + 1000, f"it is dialled again in {failed['retry_ms']} ms")
        behind.tell("refuse 0")
        await ours.hears("up")
    return f"comes through: dialled again after {RETRY_AFTER_S} s"


async def big(places, peer, name):
    async with chain(places, peer, name) as (ours, _, _, _):
        for kind in ("text", "binary"):
            ours.tell(f"send {kind} {1 << 20}")
            await ours.hears("message", **payload(kind, 1 << 20))
    return "come over whole"


PLAYS = {
    "messages of 1 MiB": big,
    f"idle for longer than its {IDLE_MS // 1000} s": idle,
    f"idle, but pinged every {PING_MS} ms by the client, then by the server": pinged,
    "it is reloaded": reloaded,
    "our server is killed and started again": restarted,
    "our server is drained and started again": drained,
    "our client comes back while our server is being drained": turned_away,
    f"our server answers 503 with `Retry-After: {RETRY_AFTER_S}`": refused,
}
