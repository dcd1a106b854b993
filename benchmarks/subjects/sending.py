"""Sending: a socket, over each transport, against the same of websockets."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

import websockets

from benchmarks.measure import Side, side
from benchmarks.peers.processes import serving
from benchmarks.rows import Job, Prepare, Row
from benchmarks.subjects.consuming import OPTIONS, run
from socketstore import WebSocket
from socketstore.sockets.transports import Transport

TEXT = "x" * 67  # as long as what is received in the other rows


def sending(address: str, size: int, transport: Transport) -> Job:
    return lambda: run(send(f"{address}0", size, transport))


async def send(url: str, size: int, transport: Transport) -> None:
    async with WebSocket(url, transport=transport, **OPTIONS) as socket:
        for _ in range(size):
            await socket.send(TEXT)
        socket.abort()  # nobody would answer a close frame


def sending_alone(address: str, size: int) -> Job:
    return lambda: run(only_send(f"{address}0", size))


async def only_send(url: str, size: int) -> None:
    async with websockets.connect(url, **OPTIONS) as socket:
        for _ in range(size):
            await socket.send(TEXT)
        socket.transport.abort()


def over(transport: Transport) -> Prepare:
    @contextmanager
    def prepare(size: int) -> Iterator[tuple[Side, Side]]:
        with serving([sys.executable, "-m", "benchmarks.sink"]) as address:
            yield side(sending(address, size, transport), size), side(sending_alone(address, size), size)

    return prepare


WHAT = "sending, each message awaited"
ALONE = "websockets alone"

ROWS = (
    Row("send", WHAT, ALONE, None, over("websockets"), 10_000),
    Row("send-picows", f"{WHAT}, transport='picows'", ALONE, None, over("picows"), 10_000),
)
