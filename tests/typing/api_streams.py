"""How `Streams` and its detectors are used, for the eyes of mypy and pyright; a test runs it as well.

A line with ``type: ignore`` is a mistake that the types must find: mypy complains when it does not.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, assert_type

from socketstore import (
    Action,
    Backoff,
    Checksum,
    Connection,
    Follows,
    Links,
    Missing,
    Numbers,
    NumbersPerConnection,
    Ordering,
    Ranges,
    Repeated,
    Resync,
    Resynced,
    Silence,
    Store,
    StreamFigures,
    Streams,
    Verdict,
)


class Change(Action):
    table: str
    number: int
    total: int | None = None


class Whole(Action):
    table: str
    number: int


def name(action: object) -> str | None:
    return action.table if isinstance(action, Change | Whole) else None


def number(change: Change) -> int:
    return change.number


async def fetch(request: Resync) -> Whole:
    assert_type(request.connection, Connection)
    assert_type(request.attempt, int)
    return Whole(table=request.stream, number=3)


def ask(request: Resync) -> None:
    request.connection.send({"subscribe": request.stream})


class Letters(Ordering):
    """A, B, C."""

    lasting = False

    def position(self, message: Change) -> str:
        return message.table

    def check(self, position: str | None, message: Change) -> Verdict:
        own = self.position(message)
        if position is None or ord(own) == ord(position) + 1:
            return Follows(own)
        return Repeated() if own <= position else Missing(chr(ord(position) + 1), own)


def every_detector() -> list[Streams]:
    return [
        Streams(of=name, detect=Numbers(number), resync=ask),
        Streams(of=name, detect=Ranges(first=number, last=number, previous=number), resync=fetch, resume=True),
        Streams(of=name, detect=Links(id=number, previous=lambda change: change.number - 1)),
        Streams(of=name, detect=[Letters(), Silence(30, resync_after=10)], wanted=lambda state: ["a"]),
        Streams(of=name, detect=(NumbersPerConnection(lambda content: content.get("number")), checked())),
        Streams(of=name, detect=checked(), snapshot=standing, backoff=Backoff(1.0), timeout=5, concurrency=1),
    ]


def standing(action: object) -> int | None:
    return action.number if isinstance(action, Whole) else None


def checked() -> Checksum:
    return Checksum(expected=lambda action: action.total, actual=lambda state, stream: len(state[stream]))


def what_a_connection_says(store: Store[Any]) -> tuple[Mapping[str, Any], StreamFigures]:
    connection = Connection("ws://localhost:8080", store, streams=every_detector()[0])
    assert_type(connection.stream_figures, StreamFigures)
    assert_type(Resynced(stream="a").applied, int)
    return connection.cursors, connection.stream_figures


def mistakes_that_are_refused() -> None:
    Numbers("number")  # type: ignore[arg-type]


def a_detector_that_is_none() -> None:
    Connection("ws://h", Store(lambda state, _: state, 0), streams=Streams(of=name, detect="gap"))  # type: ignore[arg-type]
