"""What a connection without an event loop shows of itself. Safe to read from any thread."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from socketstore.connection.connection import Connection
from socketstore.connection.outgoing.outbox import Waiting
from socketstore.connection.streams.definition import StreamFigures
from socketstore.errors import SocketError


class Figures:
    """The half of a connection that is looked at: what the asynchronous one says."""

    _connection: Connection

    @property
    def name(self) -> str:
        """What stands in its actions."""
        return self._connection.name

    @property
    def epoch(self) -> int:
        """How many times it has opened a socket."""
        return self._connection.epoch

    @property
    def failure(self) -> SocketError | None:
        """Why the last attempt failed, or the socket broke; ``None`` if it did not, or was closed here."""
        return self._connection.failure

    @property
    def inbox_size(self) -> int:
        """Bytes of messages that have come and wait to be dispatched; see `socketstore.Connection.inbox_size`."""
        return self._connection.inbox_size

    @property
    def round_trip(self) -> float | None:
        """Seconds that the last ping or heartbeat took on the socket that is open; ``None`` before the first one."""
        return self._connection.round_trip

    @property
    def waiting(self) -> Waiting:
        """What has not been sent yet, and how many requests have no answer yet."""
        return self._connection.waiting

    @property
    def cursors(self) -> Mapping[str, Any]:
        """By stream: the position up to which all its messages are in the state, for a server that can go on there."""
        return self._connection.cursors

    @property
    def stream_figures(self) -> StreamFigures:
        """How much waits for the streams to become complete, and how much was dropped as known."""
        return self._connection.stream_figures
