"""From the recorded wire to actions, once more: by another decoder than that of the day."""

from __future__ import annotations

import threading
import warnings
from collections.abc import Callable, Iterable, Iterator
from typing import Any, TypeAlias

from socketstore.actions import (
    GotError,
    GotMessage,
    JustConnected,
    JustDisconnected,
    MessageRejected,
)
from socketstore.codec import short
from socketstore.decoding.decoder import Decode, reader
from socketstore.errors import DecodeError, LogWarning
from socketstore.log.entries import (
    ActionEntry,
    ClosedEntry,
    Entry,
    ErrorEntry,
    FrameInEntry,
    OpenedEntry,
    WireEntry,
)
from socketstore.log.folding import Step
from socketstore.sockets.program import level_of_the_program

Actions: TypeAlias = Iterable[Any]
Said: TypeAlias = Callable[[Any], Actions]
"""From an entry of the wire to the actions that a connection would dispatch."""


class _Now(threading.local):
    """The entry that this thread is at."""

    entry = WireEntry()


class Frames:
    """Makes actions of what is recorded of a wire, as a connection with this decoder would.

    It says `JustConnected`, what the decoder makes of each message or `MessageRejected`, `GotError` and
    `JustDisconnected`, with the times and epochs of the entries. What a connection says of its own accord (that it
    tries again, that nothing comes) is not on the wire.

    Args:
        messages: as for `Connection`.
        decode: as for `Connection`.
        connection: the name of the only connection that counts; ``None``: all of them.

    Raises:
        UsageError: the decoder cannot be used.
    """

    def __init__(self, messages: Any, decode: Decode | None, connection: str | None) -> None:
        self._read = reader(messages, decode)
        self._connection = connection
        self._now = _Now()
        self._said: dict[type[Any], Said] = {
            OpenedEntry: self._opened,
            FrameInEntry: self._message,
            ErrorEntry: self._error,
            ClosedEntry: self._closed,
        }

    def steps(self, entries: Iterable[Entry]) -> Iterator[Step]:
        """Yield the actions, each with the number and time of its entry."""
        for entry in entries:
            if isinstance(entry, WireEntry) and self._connection in (None, entry.connection):
                self._now.entry = entry
                for action in self._said.get(type(entry), _unsaid)(entry):
                    yield ActionEntry(entry.sequence, entry.at, action)

    def instead(self, action: Any, error: Exception) -> MessageRejected | None:
        """Return what a connection dispatches if the reducer raises on the action that `steps` has just yielded."""
        now = self._now.entry
        words = f"entry {now.sequence}: the reducer raised {type(error).__name__} on {short(action)}: {error}"
        warnings.warn(words, LogWarning, stacklevel=level_of_the_program())
        if not isinstance(now, FrameInEntry):
            return None
        reason = f"dispatching {type(action).__name__} raised {type(error).__name__}: {error}"
        return self._rejected(now, reason)

    def _opened(self, entry: OpenedEntry) -> Actions:
        return (JustConnected(url=entry.url, subprotocol=entry.subprotocol, **_stamp(entry)),)

    def _message(self, entry: FrameInEntry) -> Actions:
        try:
            actions = self._read(entry.data, lambda data: GotMessage(data=data, **_stamp(entry)))
        except DecodeError as error:
            return (self._rejected(entry, str(error)),)
        return actions if type(actions) is tuple else (actions,)

    def _error(self, entry: ErrorEntry) -> Actions:
        return (GotError(error=entry.error, message=entry.message, **_stamp(entry)),)

    def _closed(self, entry: ClosedEntry) -> Actions:
        return (JustDisconnected(code=entry.code, reason=entry.reason, clean=entry.clean, **_stamp(entry)),)

    def _rejected(self, entry: FrameInEntry, reason: str) -> MessageRejected:
        return MessageRejected(raw=entry.data, reason=reason, **_stamp(entry))


def _unsaid(_: WireEntry) -> Actions:
    return ()


def _stamp(entry: WireEntry) -> dict[str, Any]:
    return {"connection": entry.connection, "at": entry.at, "epoch": entry.epoch}
