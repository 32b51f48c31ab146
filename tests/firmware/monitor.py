"""Tells QEMU's monitor one command, by its socket, and prints what it answers."""

import socket
import sys

PROMPT = b"(qemu) "


def answer(monitor: socket.socket) -> bytes:
    heard = b""
    while not heard.endswith(PROMPT):
        part = monitor.recv(4096)
        if not part:
            break
        heard += part
    return heard.removesuffix(PROMPT)


path, *command = sys.argv[1:]
with socket.socket(socket.AF_UNIX) as monitor:
    monitor.settimeout(10)
    monitor.connect(path)
    answer(monitor)
    monitor.sendall(" ".join(command).encode() + b"\n")
    sys.stdout.write(answer(monitor).decode(errors="replace"))
