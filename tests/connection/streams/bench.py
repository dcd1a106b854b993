"""One stream without a socket: an outlet that writes down what the machine does, and messages that number themselves.

The truth about a stream is a row of messages 1, 2, 3, ...; what is dispatched is folded into the numbers that the state
holds. It is right exactly if it holds 1 up to some number, in order, each once.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from socketstore import Links, Numbers, Ordering, Ranges, Streams
from socketstore.connection.streams.machine import Machine
from socketstore.connection.streams.outlet import Phase
from socketstore.connection.streams.rules import rules_of
from socketstore.connection.streams.waiting import Room


@dataclass(frozen=True)
class Delta:
    number: int


@dataclass(frozen=True)
class Whole:
    number: int


def standing(action: Any) -> Any:
    return action.number if isinstance(action, Whole) else None


def name_of(number: int) -> str:
    """An id that cannot be compared: its order is not that of the numbers."""
    return f"{(number * 7919) % 10_007:05d}"


def standing_by_name(action: Any) -> Any:
    return name_of(action.number) if isinstance(action, Whole) else None


ORDERINGS: dict[str, Ordering] = {
    "numbers": Numbers(lambda delta: delta.number, lasting=True),
    "ranges": Ranges(first=lambda delta: delta.number, last=lambda delta: delta.number),
    "ranges with the last id of the message before": Ranges(
        first=lambda delta: 10 * delta.number - 3,
        last=lambda delta: 10 * delta.number,
        previous=lambda delta: 10 * (delta.number - 1),
    ),
    "links": Links(id=lambda delta: name_of(delta.number), previous=lambda delta: name_of(delta.number - 1)),
}


def streams(kind: str, **options: Any) -> Streams:
    how = {
        "links": standing_by_name,
        "ranges with the last id of the message before": lambda action: (
            10 * action.number if isinstance(action, Whole) else None
        ),
    }
    return Streams(
        of=lambda _: "a",
        **{"detect": ORDERINGS[kind], "snapshot": how.get(kind, standing), "resync": lambda _: None, **options},
    )


class Bench:
    """The outlet of one machine."""

    def __init__(self, rules: Streams) -> None:
        self.serial = 0
        self.is_open = True
        self.seen: list[int] = []
        self.words: list[str] = []
        self.repeated = 0
        self.wanted: str | None = None
        self.failed: list[str] = []
        self.rejected: list[str] = []
        self.refuses: set[int] = set()
        self.room = Room(rules.max_messages, rules.max_bytes)
        self.machine = Machine("a", rules_of(rules), self.room, self)

    @property
    def state(self) -> Any:
        return tuple(self.seen)

    @property
    def is_live(self) -> bool:
        return self.machine.phase is Phase.LIVE

    def come(self, *actions: Any) -> None:
        """Bring one message of the socket for each action."""
        for action in actions:
            self.serial += 1
            self.machine.take(action, "raw")

    def answer(self, *actions: Any) -> str | None:
        """Answer the resync that runs."""
        complaints = [self.machine.take_answer(action) for action in actions]
        return next((complaint for complaint in complaints if complaint), None)

    def reconnect(self, *, lost: bool = True) -> None:
        self.is_open = False
        self.machine.close()
        self.wanted = None
        self.is_open = True
        self.machine.reopen()

    def check(self) -> None:
        """Fail unless what was dispatched is the beginning of the truth."""
        assert self.seen == list(range(1, len(self.seen) + 1)), (self.seen, self.machine)

    # The outlet.

    def pass_on(self, action: Any, raw: str | bytes) -> bool:
        if action.number in self.refuses:
            return False
        if isinstance(action, Whole):
            self.seen = list(range(1, action.number + 1))
        else:
            self.seen.append(action.number)
        return True

    def say(self, kind: type[Any], **fields: Any) -> None:
        self.words.append(kind.__name__)

    def reject(self, raw: str | bytes, reason: str) -> None:
        self.rejected.append(reason)

    def count_repeated(self) -> None:
        self.repeated += 1

    @contextmanager
    def together(self) -> Iterator[None]:
        yield

    def begin(self, stream: str, cause: str, reason: str) -> None:
        self.wanted = cause

    def doubt(self, stream: str) -> None:
        self.wanted = "doubt"

    def fail(self, stream: str, error: str, message: str) -> None:
        self.failed.append(error)

    def make_room(self) -> None:
        self.machine.overflow()

    def settle(self, stream: str) -> None:
        self.wanted = None
