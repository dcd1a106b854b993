"""A slice over what a connection says: everything that a status light needs."""

from __future__ import annotations

from collections.abc import Mapping
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
    """

    phase: StreamPhase
    since: float = 0.0
    reason: str = ""
    gaps: int = 0


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
        stale_since: Unix time in seconds since which what the state shows may be out of date: the socket closed, or was
            silent for longer than ``stale_after``. ``None`` again with the first message after that.
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

    def with_stale_streams(self, at: float, reason: str, *phases: StreamPhase) -> ConnectionState:
        """Return the same with every stream stale that was in one of these phases."""
        moved = {
            name: replace(stream, phase="stale", since=at if stream.phase == "live" else stream.since, reason=reason)
            for name, stream in self.streams.items()
            if stream.phase in phases
        }
        return replace(self, streams=Map(self.streams).update(moved)) if moved else self
