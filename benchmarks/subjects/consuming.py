"""The consumers of the feed: a store behind a Connection, and a bare loop that only validates."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Iterable
from operator import attrgetter
from typing import Any

import websockets

from benchmarks.counter import Subscriber, check
from benchmarks.rows import Job
from benchmarks.subjects.market import ADAPTER, Market, Message, market
from socketstore import Connection, Middleware, Store

OPTIONS: dict[str, Any] = {"compression": None, "ping_interval": None, "proxy": None}  # for both alike


def ingesting(address: str, size: int, middleware: Iterable[Middleware[Market]] = ()) -> Job:
    """Make our job: socket, typed action, state, subscriber."""
    layers = tuple(middleware)
    return lambda: run(consume(f"{address}{size}", size, layers))


async def consume(url: str, size: int, middleware: Iterable[Middleware[Market]]) -> None:
    store: Store[Market] = Store(market, Market(), middleware=middleware)
    subscriber = Subscriber(attrgetter("messages"))
    store.subscribe(subscriber)
    async with Connection(url, store, messages=Message, reconnect=None, **OPTIONS) as connection:
        await connection.wait_closed()
    check(subscriber.total, size)


def validating(address: str, size: int) -> Job:
    """Make the bare loop: every message is validated and dropped."""
    return lambda: run(only_validate(f"{address}{size}", size))


async def only_validate(url: str, size: int) -> None:
    count = 0
    validate = ADAPTER.validate_json
    async with websockets.connect(url, **OPTIONS) as socket:
        async for message in socket:
            validate(message)
            count += 1
    check(count, size)


def run(consumer: Coroutine[Any, Any, None]) -> None:
    """Run it on a loop of its own; unlike `asyncio.run`, leave the thread's current loop in its place."""
    with asyncio.Runner(loop_factory=asyncio.new_event_loop) as runner:
        runner.run(consumer)
