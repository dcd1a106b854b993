"""A slice over what a connection says: everything that a status light needs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from immutables import Map

from socketstore.actions import (
    Connecting,
    GapDetected,
    GotError,
    GotMessage,
    JustConnected,
    JustDisconnected,
    MessageRejected,
    ReconnectCancelled,
    ReconnectScheduled,
    Resynced,
    SocketAction,
)
from socketstore.store.slices import Slice

Phase = Literal["idle", "connecting", "open", "waiting", "closed"]
StreamPhase = Literal["live", "stale", "resyncing"]
Handler = Callable[["ConnectionState", Any], "ConnectionState"]


@dataclass(frozen=True, slots=True)
class ConnectionState:
    """Where a connection stands.

    Attributes:
        phase: ``waiting`` stands between two attempts.
        url: the address of the last attempt.
        epoch: how many times the socket has opened.
        attempt: the number of the attempt since the last success, 0 once open.
        retry_at: Unix time in seconds of the next attempt, while waiting.
        last_close: the last disconnection.
        last_error: what went wrong last.
        last_message_at: Unix time in seconds of the last message, a rejected one included.
        rejected: how many messages could not be read.
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
    rejected: int = 0
    streams: Mapping[str, StreamPhase] = field(default_factory=Map)


def connection_state_for(name: str | None) -> Slice[ConnectionState]:
    """Make the slice for the connection of this name; ``None`` follows whichever speaks."""
    part: Slice[ConnectionState] = Slice(ConnectionState())
    for kind, handler in HANDLERS.items():
        part.on(kind)(_only_for(name, handler))
    return part


def _only_for(name: str | None, handler: Handler) -> Handler:
    def handle(state: ConnectionState, action: Any) -> ConnectionState:
        return handler(state, action) if name is None or action.connection == name else state

    return handle


def _connecting(state: ConnectionState, action: Connecting) -> ConnectionState:
    return replace(state, phase="connecting", url=action.url, attempt=action.attempt, retry_at=None)


def _connected(state: ConnectionState, action: JustConnected) -> ConnectionState:
    return replace(state, phase="open", epoch=action.epoch or state.epoch + 1, attempt=0)


def _heard(state: ConnectionState, action: GotMessage) -> ConnectionState:
    return replace(state, last_message_at=action.at)


def _rejected(state: ConnectionState, action: MessageRejected) -> ConnectionState:
    return replace(state, last_message_at=action.at, rejected=state.rejected + 1)


def _failed(state: ConnectionState, action: GotError) -> ConnectionState:
    return replace(state, last_error=action)


def _disconnected(state: ConnectionState, action: JustDisconnected) -> ConnectionState:
    return replace(state, phase="closed", last_close=action)


def _scheduled(state: ConnectionState, action: ReconnectScheduled) -> ConnectionState:
    return replace(state, phase="waiting", retry_at=action.at + action.delay)


def _given_up(state: ConnectionState, _: ReconnectCancelled) -> ConnectionState:
    return replace(state, phase="closed", retry_at=None)


def _gap(state: ConnectionState, action: GapDetected) -> ConnectionState:
    return _with_stream(state, action.stream, "resyncing")


def _resynced(state: ConnectionState, action: Resynced) -> ConnectionState:
    return _with_stream(state, action.stream, "live")


def _with_stream(state: ConnectionState, stream: str, phase: StreamPhase) -> ConnectionState:
    return replace(state, streams=Map(state.streams).set(stream, phase))


HANDLERS: dict[type[SocketAction], Handler] = {
    Connecting: _connecting,
    JustConnected: _connected,
    GotMessage: _heard,
    MessageRejected: _rejected,
    GotError: _failed,
    JustDisconnected: _disconnected,
    ReconnectScheduled: _scheduled,
    ReconnectCancelled: _given_up,
    GapDetected: _gap,
    Resynced: _resynced,
}

connection_state = connection_state_for(None)
"""The slice for a program with one connection, to be combined under any field."""
