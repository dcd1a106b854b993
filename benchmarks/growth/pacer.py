"""A WebSocket server that writes messages at a steady pace, each with the time at which it was written.

``python -m benchmarks.growth.pacer RATE COUNT`` prints its port, serves one client, and ends. The time is that of
`time.perf_counter_ns`, which processes of one machine share (on Linux it is ``CLOCK_MONOTONIC``). It keeps a core busy.
"""

from __future__ import annotations

import base64
import hashlib
import socket
import sys
from time import perf_counter_ns

from benchmarks.generator import CLOSE, GUID, found, frame


def main(rate: float, count: int) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        print(server.getsockname()[1], flush=True)
        client, _ = server.accept()
    with client:
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        shake_hands(client)
        send(client, rate, count)
        client.sendall(CLOSE)
        client.recv(65_536)  # the client's close frame: nothing else comes from it


def shake_hands(client: socket.socket) -> None:
    request = b""
    while b"\r\n\r\n" not in request:
        request += client.recv(65_536)
    key = found(rb"(?i)sec-websocket-key: *(\S+)", request)
    accept = base64.b64encode(hashlib.sha1(key + GUID).digest())  # noqa: S324 - RFC 6455 wants SHA-1
    client.sendall(
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        b"Sec-WebSocket-Accept: " + accept + b"\r\n\r\n"
    )


def send(client: socket.socket, rate: float, count: int) -> None:
    """Write each message when it is due; one that is late is written at once, and says when it was written."""
    start, interval = perf_counter_ns(), 1e9 / rate
    for index in range(count):
        due = start + index * interval
        while (now := perf_counter_ns()) < due:
            pass
        client.sendall(frame(f'{{"type":"messageStamped","sent":{now},"price":{index}.5}}'))


if __name__ == "__main__":
    main(float(sys.argv[1]), int(sys.argv[2]))
