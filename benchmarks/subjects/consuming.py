"""The consumers of the feed: a store behind a Connection, and a bare loop that only validates."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Iterable
from typing import Any

import websockets

from benchmarks.measure import Side, side
from benchmarks.subjects.counting import Subscriber
from benchmarks.subjects.market import ADAPTER, Market, Message, market
from socketstore import Connection, Middleware, Store

OPTIONS: dict[str, Any] = {"compression": None, "ping_interval": None, "proxy": None}  # for both alike


def store_side(address: str, size: int, middleware: Iterable[Middleware[Market]] = ()) -> Side:
    """Make our side: socket, typed action, state, subscriber."""
    layers = tuple(middleware)
    return side(lambda: run(consume(f"{address}{size}", size, layers)), size)


async def consume(url: str, size: int, middleware: Iterable[Middleware[Market]]) -> None:
    store: Store[Market] = Store(market, Market(), middleware=middleware)
    subscriber = Subscriber()
    store.subscribe(subscriber)
    async with Connection(url, store, messages=Message, reconnect=None, **OPTIONS) as connection:
        await connection.wait_closed()
    expect(subscriber.last.messages, size)


def bare_side(address: str, size: int) -> Side:
    """Make the bare loop: every message is validated and dropped."""
    return side(lambda: run(only_validate(f"{address}{size}", size)), size)


async def only_validate(url: str, size: int) -> None:
    count = 0
    validate = ADAPTER.validate_json
    async with websockets.connect(url, **OPTIONS) as socket:
        async for message in socket:
            validate(message)
            count += 1
    expect(count, size)


def run(consumer: Coroutine[Any, Any, None]) -> None:
    """Run it on a loop of its own; unlike `asyncio.run`, leave the thread's current loop in its place."""
    with asyncio.Runner(loop_factory=asyncio.new_event_loop) as runner:
        runner.run(consumer)


def expect(got: int, expected: int) -> None:
    if got != expected:
        raise RuntimeError(f"{got} messages came, expected {expected}: the figures would mean nothing")
