"""A client for each of the two feeds, as a user of the library would write it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import count
from typing import Any

from immutables import Map

from socketstore import (
    Acknowledged,
    Backoff,
    Connection,
    MessageEvent,
    Numbers,
    Resync,
    Silence,
    Slice,
    Streams,
    Subscriptions,
    combine_reducers,
    connection_state,
)
from tests.connection.resilience.servers import Feed, ForgetfulFeed, ResumableFeed
from tests.connection.resilience.watching import Watch
from tests.connection.resilience.words import NAMES, Entry, Whole, said, unwrapped

SILENCE = Silence(0.8, resync_after=0.2)


@dataclass(frozen=True, slots=True)
class Rows:
    """How a stream stands: sums by row, after message `number`."""

    number: int = 0
    rows: Map[str, int] = Map()  # noqa: RUF009 - immutable


Log = tuple[tuple[int, int], ...]


def entered(log: Log, entry: Entry) -> Log:
    return (*log, (entry.number, entry.value))


def summed(rows: Rows, entry: Entry) -> Rows:
    """Neither leaving a message out, nor taking it twice, nor out of order, gives the same."""
    row = str(entry.value % 5)
    return Rows(entry.number, rows.rows.set(row, (3 * rows.rows.get(row, 0) + entry.value) % 1_000_003))


@dataclass(frozen=True)
class Client:
    """What differs between the two.

    Attributes:
        feed: the server that it is for.
        begin: the state of a stream before its first message.
        step: the state after one more.
        number_of: how many messages the state of a stream stands for.
        streams: makes what the connection is told of the streams.
        subscriptions: what it is told of the subscriptions.
    """

    feed: type[Feed]
    begin: Any
    step: Callable[[Any, Entry], Any]
    number_of: Callable[[Any], int]
    streams: Callable[[], Streams]
    subscriptions: Subscriptions[Any] | None = None

    def app(self) -> Any:
        """The reducer, new for each run: link and feed."""
        kept: Slice[Map[str, Any]] = Slice(Map())
        begin, step = self.begin, self.step

        @kept.on(Entry)
        def entry(state: Map[str, Any], action: Entry) -> Map[str, Any]:
            return state.set(action.stream, step(state.get(action.stream, begin), action))

        @kept.on(Whole)
        def whole(state: Map[str, Any], action: Whole) -> Map[str, Any]:
            return state.set(action.stream, Rows(action.number, Map(action.rows)))

        return combine_reducers(link=connection_state, feed=kept)


def decoder(watch: Watch) -> Callable[[MessageEvent], Any]:
    def decode(event: MessageEvent) -> Any:
        watch.came()
        match unwrapped(event.data):
            case {"stream": stream, "number": number, "value": value}:
                watch.came(stream, number)
                return Entry(stream=stream, number=number, value=value)
            case {"stream": stream, "number": number, "rows": rows}:
                watch.came(stream, number)
                return Whole(stream=stream, number=number, rows=rows)
        return None

    return decode


ids = count(1)


async def ask(connection: Connection, body: dict[str, Any]) -> dict[str, Any]:
    id = f"q{next(ids)}"
    answer = await connection.request(
        {**body, "id": id}, reply=lambda content: said(content).get("id") == id, timeout=0.8
    )
    return said(answer)


async def say_hello(connection: Connection) -> None:
    await ask(connection, {"hello": dict(connection.cursors)})


async def ask_for_missing(request: Resync) -> list[Entry] | None:
    """Ask in two ways, in turn: for an answer, or that the server send again what is missing."""
    body = {"missing": request.stream, "behind": request.position or 0}
    if request.attempt % 2 and request.cause != "silent":
        request.connection.send(body)
        return None
    answer = await ask(request.connection, body)
    return [Entry(**entry) for entry in answer["entries"]]


async def ask_for_whole(request: Resync) -> Whole | None:
    """Ask in three ways, in turn; what was subscribed to anew comes by itself."""
    body = {"whole": request.stream}
    if request.cause in ("new", "reopened") and request.attempt == 1:
        return None
    if request.attempt % 3 == 1:
        request.connection.send(body)
        return None
    if request.attempt % 3 == 2:
        await request.connection.resubscribe(request.stream)
        return None
    answer = await ask(request.connection, body)
    return Whole(stream=answer["stream"], number=answer["number"], rows=answer["rows"])


def acknowledged(content: Any) -> Acknowledged | None:
    names = said(content).get("subscribed")
    return None if names is None else Acknowledged(*names)


def stream_of(action: Any) -> str | None:
    return action.stream if isinstance(action, Entry | Whole) else None


PATIENCE: dict[str, Any] = {"backoff": Backoff(0.05, maximum=0.4, healthy_after=1.0), "timeout": 1.0}

RESUMABLE = Client(
    ResumableFeed,
    (),
    entered,
    lambda log: len(log or ()),
    lambda: Streams(
        of=stream_of,
        detect=[Numbers(lambda entry: entry.number, start=1, lasting=True), SILENCE],
        resync=ask_for_missing,
        resume=True,
        **PATIENCE,
    ),
)

FORGETFUL = Client(
    ForgetfulFeed,
    Rows(),
    summed,
    lambda rows: 0 if rows is None else rows.number,
    lambda: Streams(
        of=stream_of,
        detect=[Numbers(lambda entry: entry.number), SILENCE],
        snapshot=lambda action: action.number if isinstance(action, Whole) else None,
        resync=ask_for_whole,
        **PATIENCE,
    ),
    Subscriptions(
        select=lambda _: NAMES,
        subscribe=lambda names: {"subscribe": names},
        unsubscribe=lambda names: {"unsubscribe": names},
        acknowledged=acknowledged,
        timeout=1.0,
    ),
)
