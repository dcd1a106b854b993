"""What a connection shows of itself: figures for a program that wants to know how it fares, and why."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from socketstore.connection.streams.definition import StreamFigures
from socketstore.connection.streams.gate import StreamsPart
from socketstore.connection.supervisor import Supervisor
from socketstore.errors import SocketError


class Figures:
    """The part of a connection that can be looked at, at any moment."""

    _supervisor: Supervisor | None
    _streams: StreamsPart | None

    @property
    def epoch(self) -> int:
        """How many times it has opened a socket."""
        return 0 if self._supervisor is None else self._supervisor.epoch

    @property
    def failure(self) -> SocketError | None:
        """Why the last attempt failed, or the socket broke; ``None`` if it did not, or was closed here."""
        return None if self._supervisor is None else self._supervisor.failure

    @property
    def inbox_size(self) -> int:
        """Bytes of messages that have come and wait to be dispatched; at most a little over ``max_inbox``."""
        socket = None if self._supervisor is None else self._supervisor.socket
        return 0 if socket is None else socket.inbox_size

    @property
    def cursors(self) -> Mapping[str, Any]:
        """By stream: the position up to which all its messages are in the state, for a server that can go on there."""
        return {} if self._streams is None else self._streams.cursors

    @property
    def stream_figures(self) -> StreamFigures:
        """How much waits for the streams to become complete, and how much was dropped as known."""
        return StreamFigures() if self._streams is None else self._streams.figures

    @property
    def round_trip(self) -> float | None:
        """Seconds that the last ping or heartbeat took on the socket that is open; ``None`` before the first one."""
        session = None if self._supervisor is None else self._supervisor.session
        return None if session is None else session.round_trip
