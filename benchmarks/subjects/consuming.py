"""The consumers of the feed: a store behind a Connection, and a bare loop that only validates."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Iterable
from dataclasses import dataclass
from operator import attrgetter
from typing import Any

import websockets
from pydantic import TypeAdapter

from benchmarks.counter import Subscriber, check
from benchmarks.rows import Job
from benchmarks.subjects.market import ADAPTER, Message, market
from socketstore import Connection, Middleware, Slice, Store

OPTIONS: dict[str, Any] = {"compression": None, "ping_interval": None, "proxy": None}  # for both alike


NewLoop = Callable[[], asyncio.AbstractEventLoop]


@dataclass(frozen=True, slots=True)
class Feed:
    """What is fed: the messages as a type, pydantic's adapter for it, and the reducer, whose state counts messages."""

    messages: Any
    adapter: TypeAdapter[Any]
    reducer: Slice[Any]


INVENTED = Feed(Message, ADAPTER, market)


def ingesting(
    address: str,
    size: int,
    middleware: Iterable[Middleware[Any]] = (),
    feed: Feed = INVENTED,
    new_loop: NewLoop = asyncio.new_event_loop,
    **options: Any,
) -> Job:
    """Make our job: socket, typed action, state, subscriber."""
    layers = tuple(middleware)
    return lambda: run(consume(f"{address}{size}", size, layers, feed, options), new_loop)


async def consume(
    url: str, size: int, middleware: Iterable[Middleware[Any]], feed: Feed, options: dict[str, Any]
) -> None:
    store: Store[Any] = Store(feed.reducer, feed.reducer.initial, middleware=middleware)
    subscriber = Subscriber(attrgetter("messages"))
    store.subscribe(subscriber)
    settings = {**OPTIONS, **options}
    async with Connection(url, store, messages=feed.messages, reconnect=None, **settings) as connection:
        await connection.wait_closed()
    check(subscriber.total, size)


def validating(address: str, size: int, feed: Feed = INVENTED) -> Job:
    """Make the bare loop: every message is validated and dropped."""
    return lambda: run(only_validate(f"{address}{size}", size, feed.adapter))


async def only_validate(url: str, size: int, adapter: TypeAdapter[Any]) -> None:
    count = 0
    validate = adapter.validate_json
    async with websockets.connect(url, **OPTIONS) as socket:
        async for message in socket:
            validate(message)
            count += 1
    check(count, size)


def run(consumer: Coroutine[Any, Any, None], new_loop: NewLoop = asyncio.new_event_loop) -> None:
    """Run it on a loop of its own; unlike `asyncio.run`, leave the thread's current loop in its place."""
    with asyncio.Runner(loop_factory=new_loop) as runner:
        runner.run(consumer)
