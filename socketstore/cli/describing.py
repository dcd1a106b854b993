"""An action in three parts: its type, a colour, and words for the rest."""

from __future__ import annotations

from typing import Any

from socketstore.actions import (
    Action,
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
from socketstore.cli.words import brief, of_bytes, printable, quoted
from socketstore.log.entries import FailedEntry

STYLES: dict[type[Any], str] = {
    Connecting: "yellow",
    JustConnected: "green",
    GotMessage: "cyan",
    GotError: "red",
    JustDisconnected: "magenta",
    ReconnectScheduled: "yellow",
    ReconnectCancelled: "yellow",
    MessageRejected: "red",
    GapDetected: "yellow",
    Resynced: "green",
    FailedEntry: "red",
}


def name_of(action: object) -> str:
    """Return the tag of an action; of any other value its class's name."""
    if isinstance(action, FailedEntry):
        return "failed"
    return action.type if isinstance(action, Action) else type(action).__name__


def style_of(action: object) -> str:
    """Return the colour of an action."""
    return STYLES.get(type(action), "blue")


def words_of(action: object) -> str:
    """Say on one line what an action holds besides its type and its stamp."""
    words = _words(action)
    named = isinstance(action, SocketAction) and action.connection != "default"
    return f"{words} ({printable(action.connection)})" if named else words  # type: ignore[attr-defined]


def _words(action: object) -> str:
    match action:
        case Connecting(url=url, attempt=attempt):
            return printable(url) + (f", attempt {attempt}" if attempt > 1 else "")
        case JustConnected(url=url, subprotocol=subprotocol):
            return printable(url) + (f", subprotocol {quoted(subprotocol)}" if subprotocol else "")
        case GotMessage(data=data):
            return _payload(data)
        case GotError(message=message) | MessageRejected(reason=message):
            return printable(message)
        case JustDisconnected(code=code, reason=reason, clean=clean):
            return f"{code} {'clean' if clean else 'not clean'}" + (f" {quoted(reason)}" if reason else "")
        case ReconnectScheduled(attempt=attempt, delay=delay):
            return f"attempt {attempt} in {delay:g} s"
    return _other_words(action)


def _other_words(action: object) -> str:
    match action:
        case FailedEntry(of=of, error=error):
            return f"the reducer raised on entry {of}: {printable(error)}"
        case Action():
            return _fields(action)
    return brief(action)


def _fields(action: Action) -> str:
    stamp = SocketAction.model_fields if isinstance(action, SocketAction) else Action.model_fields
    names = [name for name in type(action).model_fields if name not in stamp]
    return " ".join(f"{name}={brief(getattr(action, name))}" for name in names)


def _payload(data: Any) -> str:
    if isinstance(data, str):
        return quoted(data)
    return of_bytes(bytes(data)) if isinstance(data, (bytes, bytearray, memoryview)) else brief(data)
