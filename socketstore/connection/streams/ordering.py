"""Where a message stands among those of its stream, and what that means after the one before it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any, TypeAlias


@dataclass(frozen=True, slots=True)
class Follows:
    """The message is the next one; the stream now stands at `position`."""

    position: Any


@dataclass(frozen=True, slots=True)
class Repeated:
    """The message is no newer than what is known."""


@dataclass(frozen=True, slots=True)
class Missing:
    """Something between the position and the message is missing: `expected` stood to come, `got` came."""

    expected: int | str
    got: int | str


Verdict: TypeAlias = Follows | Repeated | Missing

REPEATED = Repeated()


class Ordering(ABC):
    """Base of the detectors that order the messages of one stream. Without state: it is told where the stream stands.

    Derive from it for a protocol that none of `Numbers`, `Ranges` and `Links` fits: `position` and `check` are all that
    is needed. What they raise rejects the message.

    Attributes:
        sorted: positions grow from message to message, and can be compared. Where they cannot (ids that are text), a
            message that does not follow counts as missing something unless its position is known from shortly before.
        lasting: a position means the same on the next socket, so that a stream may go on where it stood.
        restarts: a snapshot that comes on the socket begins the positions anew: what came before it says nothing about
            what comes after it, and it is never older than what is known.
    """

    sorted: bool = True
    lasting: bool = True
    restarts: bool = False

    @abstractmethod
    def position(self, message: Any) -> Any:
        """Return where the stream stands after a message: anything that is hashable and not ``None``."""

    @abstractmethod
    def check(self, position: Any, message: Any) -> Verdict:
        """Judge a message after a position, or (``None``) as the first one of all."""


def plain(value: Any) -> int | str:
    """Return a value as an action can hold it."""
    return value if type(value) is int else str(value)
