"""What each word of a connection changes in its state."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from typing import Any

from immutables import Map

from socketstore.actions import (
    AskedForCredentials,
    Connecting,
    GapDetected,
    GaveUp,
    GotError,
    GotMessage,
    Heard,
    JustConnected,
    JustDisconnected,
    MessageDropped,
    MessageRejected,
    ReconnectCancelled,
    ReconnectScheduled,
    Resynced,
    ResyncFailed,
    ResyncStarted,
    RoundTripMeasured,
    SocketAction,
    StreamAction,
    StreamEnded,
    Subscribed,
    SubscriptionRefused,
    Unsubscribed,
    WentSilent,
    WentStale,
)
from socketstore.connection.state import ConnectionState, StreamPhase, StreamState

Handler = Callable[[ConnectionState, Any], ConnectionState]


def _asked(state: ConnectionState, action: AskedForCredentials) -> ConnectionState:
    return replace(state, phase="connecting", attempt=action.attempt, retry_at=None)


def _connecting(state: ConnectionState, action: Connecting) -> ConnectionState:
    return replace(state, phase="connecting", url=action.url, attempt=action.attempt, retry_at=None)


def _connected(state: ConnectionState, action: JustConnected) -> ConnectionState:
    return replace(state, phase="open", epoch=action.epoch or state.epoch + 1, attempt=0)


def _heard(state: ConnectionState, action: GotMessage | Heard | MessageRejected) -> ConnectionState:
    heard = replace(state, last_message_at=action.at, stale_since=None)
    return heard if state.stale_since is None else heard.with_streams_heard(action.at)


def _rejected(state: ConnectionState, action: MessageRejected) -> ConnectionState:
    return replace(_heard(state, action), rejected=state.rejected + 1)


def _failed(state: ConnectionState, action: GotError) -> ConnectionState:
    return replace(state, last_error=action)


def _disconnected(state: ConnectionState, action: JustDisconnected) -> ConnectionState:
    stale_since = action.at if state.stale_since is None else state.stale_since
    closed = replace(
        state,
        phase="closed",
        last_close=action,
        stale_since=stale_since,
        round_trip=None,
        subscribed=frozenset(),
        refused=Map(),
    )
    reason = f"the socket closed ({action.code} {action.reason}".strip() + ")"
    return closed.with_streams_cut_off(action.at, reason)


def _scheduled(state: ConnectionState, action: ReconnectScheduled) -> ConnectionState:
    return replace(state, phase="waiting", retry_at=action.at + action.delay)


def _cancelled(state: ConnectionState, _: ReconnectCancelled) -> ConnectionState:
    return replace(state, phase="closed", retry_at=None)


def _gave_up(state: ConnectionState, _: GaveUp) -> ConnectionState:
    return replace(state, phase="failed", retry_at=None)


def _went_stale(state: ConnectionState, action: WentStale) -> ConnectionState:
    since = action.at - action.silence if state.stale_since is None else state.stale_since
    stale = replace(state, stale_since=since)
    return stale.with_streams_silent(action.at, f"nothing came for {round(action.silence, 2):g} s")


def _measured(state: ConnectionState, action: RoundTripMeasured) -> ConnectionState:
    return replace(state, round_trip=action.seconds)


def _dropped(state: ConnectionState, _: MessageDropped) -> ConnectionState:
    return replace(state, dropped=state.dropped + 1)


def _subscribed(state: ConnectionState, action: Subscribed) -> ConnectionState:
    return replace(state, subscribed=state.subscribed.union(action.keys), refused=_less(state.refused, action.keys))


def _unsubscribed(state: ConnectionState, action: Unsubscribed) -> ConnectionState:
    subscribed = state.subscribed.difference(action.keys)
    return replace(state, subscribed=subscribed, refused=_less(state.refused, action.keys))


def _refused(state: ConnectionState, action: SubscriptionRefused) -> ConnectionState:
    refused = Map(state.refused).update(dict.fromkeys(action.keys, action.reason))
    return replace(state, subscribed=state.subscribed.difference(action.keys), refused=refused)


def _less(refused: Mapping[str, str], keys: Collection[str]) -> Mapping[str, str]:
    if not any(key in refused for key in keys):
        return refused
    gone = set(keys)
    return Map({key: reason for key, reason in refused.items() if key not in gone})


def _gap(state: ConnectionState, action: GapDetected) -> ConnectionState:
    return _with_stream(state, action, "stale", f"expected {action.expected}, got {action.got}", gaps=1)


def _resync_started(state: ConnectionState, action: ResyncStarted) -> ConnectionState:
    return _with_stream(state, action, "resyncing", action.reason)


def _resync_failed(state: ConnectionState, action: ResyncFailed) -> ConnectionState:
    return _with_stream(state, action, "resyncing", f"{action.error}: {action.message}")


def _resynced(state: ConnectionState, action: Resynced) -> ConnectionState:
    return _with_stream(state, action, "live", "")


def _went_silent(state: ConnectionState, action: WentSilent) -> ConnectionState:
    return _with_stream(state, action, "stale", f"nothing came for {action.silence:g} s")


def _ended(state: ConnectionState, action: StreamEnded) -> ConnectionState:
    if action.stream not in state.streams:
        return state
    return replace(state, streams=Map(state.streams).delete(action.stream))


def _with_stream(
    state: ConnectionState, action: StreamAction, phase: StreamPhase, reason: str, *, gaps: int = 0
) -> ConnectionState:
    before = state.streams.get(action.stream) or StreamState(phase, action.at)
    since = before.since if (before.phase == "live") == (phase == "live") else action.at
    stream = StreamState(phase, since, reason, before.gaps + gaps)
    return replace(state, streams=Map(state.streams).set(action.stream, stream))


HANDLERS: dict[type[SocketAction], Handler] = {
    AskedForCredentials: _asked,
    Connecting: _connecting,
    JustConnected: _connected,
    GotMessage: _heard,
    Heard: _heard,
    MessageRejected: _rejected,
    GotError: _failed,
    JustDisconnected: _disconnected,
    ReconnectScheduled: _scheduled,
    ReconnectCancelled: _cancelled,
    GaveUp: _gave_up,
    WentStale: _went_stale,
    RoundTripMeasured: _measured,
    MessageDropped: _dropped,
    Subscribed: _subscribed,
    Unsubscribed: _unsubscribed,
    SubscriptionRefused: _refused,
    GapDetected: _gap,
    ResyncStarted: _resync_started,
    ResyncFailed: _resync_failed,
    Resynced: _resynced,
    WentSilent: _went_silent,
    StreamEnded: _ended,
}
