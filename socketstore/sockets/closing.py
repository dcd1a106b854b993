"""The end of a connection that was not clean, put into words."""

from __future__ import annotations

from websockets.frames import Close

from socketstore.errors import ConnectionLost, ConnectionSilent
from socketstore.sockets.events import CloseEvent
from socketstore.sockets.pings import KEEPALIVE_FAILED

ABNORMAL_CLOSURE = 1006  # RFC 6455, section 7.1.5: no close frame came


def connection_lost(event: CloseEvent, cause: Exception | None, url: str) -> ConnectionLost:
    """Make the error that goes with a close that was not clean."""
    if event.reason == KEEPALIVE_FAILED:
        message = (
            f"the connection to {url} was given up: no answer to a ping. If it may take longer, raise ping_timeout="
        )
        return ConnectionSilent(message, code=event.code)
    why = f": {cause}" if cause is not None and str(cause) not in ("", event.reason) else ""
    words = f"{event.code} {event.reason}".strip()
    lost = ConnectionLost(f"the connection to {url} broke ({words}){why}", code=event.code)
    lost.__cause__ = cause
    return lost


def how_it_ended(failure: Close | None, received: Close | None, sent: Close | None, *, close_asked: bool) -> CloseEvent:
    """Choose the code that counts for the end of a connection.

    Args:
        failure: with what this side failed the connection.
        received: the peer's close frame.
        sent: the close frame of this side.
        close_asked: whether the socket has begun to close: then its own close frame was no failure.
    """
    if failure is not None:  # also when the peer's own close frame stood behind the message that failed
        return CloseEvent(int(failure.code), failure.reason)
    if received is not None:
        return CloseEvent(int(received.code), received.reason, clean=sent is not None)
    if sent is not None and not close_asked:
        return CloseEvent(int(sent.code), sent.reason)
    return CloseEvent(ABNORMAL_CLOSURE)
