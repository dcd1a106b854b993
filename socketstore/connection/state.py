"""A slice over what a connection says: everything that a status light needs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

from immutables import Map

from socketstore.actions import GotError, JustDisconnected

Phase = Literal["idle", "connecting", "open", "waiting", "closed", "failed"]
StreamPhase = Literal["live", "stale", "resyncing"]


@dataclass(frozen=True, slots=True)
class StreamState:
    """How far one stream can be trusted.

    Attributes:
        phase: ``live``: complete up to its last message; ``stale``: it may have ended, or gone on without us;
            ``resyncing``: it is known to be incomplete, and is being made whole.
        since: Unix time in seconds since which it is live, or is not.
        reason: why it is not live.
        gaps: how many gaps it has had.
        until_heard: it is stale only because nothing at all came on the socket; the next message makes it live again.
    """

    phase: StreamPhase
    since: float = 0.0
    reason: str = ""
    gaps: int = 0
    until_heard: bool = False


@dataclass(frozen=True, slots=True)
class ConnectionState:
    """Where a connection stands.

    Attributes:
        phase: ``waiting`` stands between two attempts; after ``failed`` and ``closed`` there is none any more (between
            two attempts ``closed`` stands for a moment as well).
        url: the address of the last attempt, with its secrets masked.
        epoch: how many times the socket has opened.
        attempt: the number of the attempt since the connection was last healthy, 0 once open.
        retry_at: Unix time in seconds of the next attempt, while waiting.
        last_close: the last disconnection.
        last_error: what went wrong last.
        last_message_at: Unix time in seconds of the last message, a rejected one included; for messages that become
            actions of the program's own to the second.
        stale_since: Unix time in seconds since which what the state shows may be out of date: when the socket closed,
            or, after a silence of ``stale_after``, when it began. ``None`` again with the first message after that.
        round_trip: seconds that the last ping or heartbeat took; ``None`` while not open.
        rejected: how many messages could not be read, or made the reducer raise.
        dropped: how many messages to be sent were given up.
        subscribed: the keys of the subscriptions that the server follows now.
        refused: the keys that it does not, and why.
        streams: each stream that has said something of itself.
    """

    phase: Phase = "idle"
    url: str = ""
    epoch: int = 0
    attempt: int = 0
    retry_at: float | None = None
    last_close: JustDisconnected | None = None
    last_error: GotError | None = None
    last_message_at: float | None = None
    stale_since: float | None = None
    round_trip: float | None = None
    rejected: int = 0
    dropped: int = 0
    subscribed: frozenset[str] = frozenset()
    refused: Mapping[str, str] = field(default_factory=Map)
    streams: Mapping[str, StreamState] = field(default_factory=Map)

    def with_streams_cut_off(self, at: float, reason: str) -> ConnectionState:
        """Return the same after the socket has closed: every stream is stale."""
        return self._with_streams(
            lambda stream: stream.phase != "stale" or stream.until_heard,
            lambda stream: StreamState("stale", at if stream.phase == "live" else stream.since, reason, stream.gaps),
        )

    def with_streams_silent(self, at: float, reason: str) -> ConnectionState:
        """Return the same while nothing comes on the socket: what was live is stale until something does."""
        stale = StreamState("stale", at, reason, until_heard=True)
        return self._with_streams(
            lambda stream: stream.phase == "live", lambda stream: replace(stale, gaps=stream.gaps)
        )

    def with_streams_heard(self, at: float) -> ConnectionState:
        """Return the same after that silence: a socket brings all or, closed, nothing, so that nothing is missing."""
        live = StreamState("live", at)
        return self._with_streams(lambda stream: stream.until_heard, lambda stream: replace(live, gaps=stream.gaps))

    def _with_streams(
        self, which: Callable[[StreamState], bool], change: Callable[[StreamState], StreamState]
    ) -> ConnectionState:
        moved = {name: change(stream) for name, stream in self.streams.items() if which(stream)}
        return replace(self, streams=Map(self.streams).update(moved)) if moved else self
