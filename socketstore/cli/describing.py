"""An action in three parts: its type, a colour, and words for the rest."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from socketstore.actions import (
    Action,
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
from socketstore.cli.words import brief, of_bytes, printable, quoted, title
from socketstore.log.entries import FailedEntry
from socketstore.structs import fields_of_struct, is_struct

STYLES: dict[type[Any], str] = {
    AskedForCredentials: "yellow",
    Connecting: "yellow",
    JustConnected: "green",
    GotMessage: "cyan",
    GotError: "red",
    JustDisconnected: "magenta",
    ReconnectScheduled: "yellow",
    ReconnectCancelled: "yellow",
    GaveUp: "red",
    MessageRejected: "red",
    MessageDropped: "red",
    WentStale: "yellow",
    Subscribed: "green",
    SubscriptionRefused: "red",
    GapDetected: "yellow",
    ResyncStarted: "yellow",
    ResyncFailed: "red",
    Resynced: "green",
    WentSilent: "yellow",
    FailedEntry: "red",
}


def name_of(action: object) -> str:
    """Return the tag of an action; of any other value its class's name."""
    if isinstance(action, FailedEntry):
        return "failed"
    return title(action)


def style_of(action: object) -> str:
    """Return the colour of an action."""
    return STYLES.get(type(action), "blue")


def words_of(action: object) -> str:
    """Say on one line what an action holds besides its type and its stamp."""
    tell = TELLERS.get(type(action))
    words = _other_words(action) if tell is None else tell(action)
    if isinstance(action, StreamAction) and tell is not None:
        words = f"{printable(action.stream)}: {words}"
    named = isinstance(action, SocketAction) and action.connection != "default"
    return f"{words} ({printable(action.connection)})" if named else words  # type: ignore[attr-defined]


def _connecting(action: Connecting) -> str:
    return printable(action.url) + (f", attempt {action.attempt}" if action.attempt > 1 else "")


def _connected(action: JustConnected) -> str:
    return printable(action.url) + (f", subprotocol {quoted(action.subprotocol)}" if action.subprotocol else "")


def _disconnected(action: JustDisconnected) -> str:
    words = f"{action.code} {'clean' if action.clean else 'not clean'}"
    reason = f" {quoted(action.reason)}" if action.reason else ""
    return words + reason + (f", {_number(action.dropped, 'message')} dropped" if action.dropped else "")


def _scheduled(action: ReconnectScheduled) -> str:
    return f"attempt {action.attempt} in {_seconds(action.delay)}"


def _gave_up(action: GaveUp) -> str:
    words = f"after {_number(action.attempts, 'attempt')}"
    return words + (f": {printable(action.message)}" if action.message else "")


def _dropped(action: MessageDropped) -> str:
    return f"{_payload(action.data)}, {printable(action.reason)}"


def _refused(action: SubscriptionRefused) -> str:
    return _keys(action.keys) + (f": {printable(action.reason)}" if action.reason else "")


def _measured(action: RoundTripMeasured) -> str:
    return f"{action.seconds * 1000:.1f} ms ({action.by})"


def _gap(action: GapDetected) -> str:
    return f"expected {brief(action.expected)}, got {brief(action.got)}"


def _resync_failed(action: ResyncFailed) -> str:
    return f"attempt {action.attempt}: {printable(action.error)}: {printable(action.message)}"


def _resynced(action: Resynced) -> str:
    return f"{_number(action.applied, 'message')} applied, {action.dropped} dropped"


def _failed_entry(entry: FailedEntry) -> str:
    return f"the reducer raised on entry {entry.of}: {printable(entry.error)}"


TELLERS: dict[type[Any], Callable[[Any], str]] = {
    AskedForCredentials: lambda action: f"for attempt {action.attempt}",
    Connecting: _connecting,
    JustConnected: _connected,
    GotMessage: lambda action: _payload(action.data),
    GotError: lambda action: printable(action.message),
    JustDisconnected: _disconnected,
    ReconnectScheduled: _scheduled,
    GaveUp: _gave_up,
    MessageRejected: lambda action: printable(action.reason),
    MessageDropped: _dropped,
    Heard: lambda action: _number(action.messages, "message"),
    WentStale: lambda action: f"nothing came for {_seconds(action.silence)}",
    RoundTripMeasured: _measured,
    Subscribed: lambda action: _keys(action.keys),
    Unsubscribed: lambda action: _keys(action.keys),
    SubscriptionRefused: _refused,
    GapDetected: _gap,
    ResyncStarted: lambda action: printable(action.reason),
    ResyncFailed: _resync_failed,
    Resynced: _resynced,
    WentSilent: lambda action: f"nothing came for {_seconds(action.silence)}",
    StreamEnded: lambda _: "not wanted any longer",
    FailedEntry: _failed_entry,
}


def _other_words(action: object) -> str:
    if is_struct(action):
        return _spelled(fields_of_struct(action))
    return _fields(action) if isinstance(action, Action) else brief(action)


def _fields(action: Action) -> str:
    stamp = SocketAction.model_fields if isinstance(action, SocketAction) else Action.model_fields
    return _spelled({name: getattr(action, name) for name in type(action).model_fields if name not in stamp})


def _spelled(fields: Mapping[str, Any]) -> str:
    return " ".join(f"{name}={brief(value)}" for name, value in fields.items())


def _payload(data: Any) -> str:
    if isinstance(data, str):
        return quoted(data)
    return of_bytes(bytes(data)) if isinstance(data, (bytes, bytearray, memoryview)) else brief(data)


def _keys(keys: Iterable[str]) -> str:
    return ", ".join(map(printable, keys))


def _number(count: int, what: str) -> str:
    return f"{count} {what}{'' if count == 1 else 's'}"


def _seconds(seconds: float) -> str:
    return f"{round(seconds, 2):g} s"
