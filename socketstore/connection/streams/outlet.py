"""Where a stream can stand, and what it works with."""

from __future__ import annotations

from contextlib import AbstractContextManager
from enum import Enum
from typing import Any, Protocol

from socketstore.actions import SocketAction
from socketstore.connection.streams.definition import Cause


class Phase(Enum):
    """Where a stream stands.

    ``UNSYNCED``: nothing came yet on this socket. ``BUFFERING``: what comes waits until the stream is complete.
    ``LIVE``: what comes is dispatched. ``DOUBTED``: complete so far as is known; the next message tells.
    ``BROKEN``: not complete, and nothing can make it so; what comes is dispatched.
    """

    UNSYNCED = 1
    BUFFERING = 2
    LIVE = 3
    DOUBTED = 4
    BROKEN = 5


class Outlet(Protocol):
    """What a machine works with. None of these may raise.

    Attributes:
        serial: tells which message of the socket is being handled.
    """

    serial: int

    @property
    def is_open(self) -> bool:
        """Whether the socket is open: what is dispatched now belongs to its epoch."""
        ...

    @property
    def state(self) -> Any:
        """The state of the store."""
        ...

    def pass_on(self, action: Any, raw: str | bytes) -> bool:
        """Dispatch an action; tell whether it was reduced."""
        ...

    def say(self, kind: type[SocketAction], **fields: Any) -> None:
        """Dispatch a word of the connection."""

    def reject(self, raw: str | bytes, reason: str) -> None:
        """Say that a message cannot be used."""

    def count_repeated(self) -> None:
        """Count a message that is dropped because it is known."""

    def together(self) -> AbstractContextManager[object]:
        """Surround several dispatches: subscribers are told once."""
        ...

    def begin(self, stream: str, cause: Cause, reason: str) -> None:
        """Resync a stream; ends a resync of it that runs."""

    def doubt(self, stream: str) -> None:
        """Call `Machine.despair` if the stream is in doubt still when its time is up."""

    def fail(self, stream: str, error: str, message: str) -> None:
        """Say that a resync failed, and try again."""

    def make_room(self) -> None:
        """Call `Machine.overflow` of the stream for which most waits."""

    def settle(self, stream: str) -> None:
        """Take note that a stream waits for nothing any more: a resync of it is not needed."""
