"""A connection without a network, for virtual time: the test feeds its sockets; messages of a stream are numbered."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from immutables import Map

from socketstore import (
    Action,
    Backoff,
    Connection,
    ConnectionState,
    Numbers,
    Resync,
    Store,
    StreamAction,
    Streams,
    combine_reducers,
    connection_state,
)
from socketstore.testing import FakeSocket, FakeSockets
from tests.connection.diary import write_down


class Delta(Action):
    stream: str
    number: int


class Whole(Action):
    """A snapshot: the stream up to a number."""

    stream: str
    number: int


Seen = Map[str, tuple[int, ...]]


def see(seen: Seen, action: object) -> Seen:
    """Keep the numbers of each stream; a snapshot replaces them."""
    match action:
        case Delta(stream=name, number=number):
            if number == 666:
                raise ValueError(number)
            return seen.set(name, (*seen.get(name, ()), number))
        case Whole(stream=name, number=number):
            return seen.set(name, tuple(range(1, number + 1)))
    return seen


class Wanted(Action):
    streams: tuple[str, ...]


def want(wanted: tuple[str, ...], action: object) -> tuple[str, ...]:
    return action.streams if isinstance(action, Wanted) else wanted


def stream_of(action: Any) -> str | None:
    return action.stream if isinstance(action, (Delta, Whole)) else None


def standing(action: Any) -> int | None:
    return action.number if isinstance(action, Whole) else None


NUMBERS = Numbers(lambda delta: delta.number, lasting=True)


@dataclass
class Pretence:
    """A connection whose sockets, requests and words a test can see."""

    options: dict[str, Any] = field(default_factory=dict)
    sockets: FakeSockets = field(default_factory=FakeSockets)
    asked: list[Resync] = field(default_factory=list)

    def __post_init__(self) -> None:
        reducer = combine_reducers(seen=see, link=connection_state, diary=write_down, wanted=want)
        initial = {"seen": Map(), "link": ConnectionState(), "diary": (), "wanted": ()}
        self.store: Store[Any] = Store(reducer, initial)

    def connection(self, streams: Streams, **options: Any) -> Connection:
        return Connection(
            "ws://127.0.0.1:1",
            self.store,
            streams=streams,
            make_socket=self.sockets.make,
            reconnect=Backoff(1.0, factor=1.0, jitter=0, healthy_after=0),
            **{"messages": Delta | Whole, **options},
        )

    def want(self, *streams: str) -> None:
        self.store.dispatch(Wanted(streams=streams))

    @property
    def socket(self) -> FakeSocket:
        return self.sockets.all[-1]

    @property
    def seen(self) -> dict[str, list[int]]:
        return {name: list(numbers) for name, numbers in self.store.state["seen"].items()}

    @property
    def phases(self) -> dict[str, str]:
        return {name: stream.phase for name, stream in self.store.state["link"].streams.items()}

    def words(self, stream: str | None = None) -> list[str]:
        """What was said of one stream, or of all."""
        said = [action for action in self.store.state["diary"] if isinstance(action, StreamAction)]
        return [type(action).__name__ for action in said if stream in (None, action.stream)]

    def all(self, kind: type[Any]) -> list[Any]:
        return [action for action in self.store.state["diary"] if isinstance(action, kind)]


def deltas(stream: str, *numbers: int) -> list[Delta]:
    return [Delta(stream=stream, number=number) for number in numbers]


def whole(stream: str, number: int) -> Whole:
    return Whole(stream=stream, number=number)


def numbered(resync: Callable[[Resync], Any] | None, **options: Any) -> Streams:
    """Streams of numbers, whose snapshots are `Whole`."""
    given: dict[str, Any] = {"of": stream_of, "detect": NUMBERS, "snapshot": standing, "resync": resync, **options}
    return Streams(**given)
