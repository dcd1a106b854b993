"""What a log holds, whatever file it is kept in."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Protocol, Self

FORMAT = "socketstore-log"
VERSION = 1


@dataclass(frozen=True, slots=True)
class ActionEntry:
    """An action, as the reducer was about to see it.

    Attributes:
        sequence: 1, 2, ... within the log.
        at: Unix time in seconds at which it was recorded.
        action: the action.
    """

    sequence: int
    at: float
    action: Any


@dataclass(frozen=True, slots=True)
class FailedEntry:
    """The reducer raised on an earlier entry, and the state stayed as it was.

    Attributes:
        sequence: this entry's own number.
        at: Unix time in seconds.
        of: the number of the entry on which the reducer raised.
        error: the error's class and text.
    """

    sequence: int
    at: float
    of: int
    error: str


Entry = ActionEntry | FailedEntry


class Log(Protocol):
    """A sequence of entries that is only ever added to. Safe to use from any thread."""

    def append(self, action: Any) -> int:
        """Write an action and return the number of its entry.

        Raises:
            EncodeError: reading it back would not give an equal action.
            LogUnavailable: it could not be written.
        """
        ...

    def append_failure(self, sequence: int, error: BaseException) -> int:
        """Write that the reducer raised on an entry, and return the number of the new one.

        Raises:
            LogUnavailable: it could not be written.
        """
        ...

    def read(self, after: int = 0) -> Iterator[Entry]:
        """Yield the entries whose number is greater than `after`, as they stand now.

        Raises:
            LogCorrupted: an entry cannot be read.
            DecodeError: an action's class is unknown, or its fields do not fit.
            LogUnavailable: the file cannot be read.
        """
        ...

    def close(self) -> None:
        """Let go of the file; harmless when closed already."""

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...
