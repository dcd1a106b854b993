"""The end of a connection: brought about in bounded time, and put into words."""

from __future__ import annotations

import asyncio
from dataclasses import replace

from socketstore.errors import ConnectionLost, ConnectionSilent
from socketstore.sockets.events import CloseEvent
from socketstore.sockets.frames import FrameReader
from socketstore.sockets.keepalive import KEEPALIVE_FAILED

ABNORMAL_CLOSURE = 1006  # RFC 6455, section 7.1.5: no close frame came


async def close_in_time(wire: FrameReader, code: int, reason: str) -> None:
    """Shake hands for closing, while what has come is still handed on; cut both when ``close_timeout`` is over."""
    try:
        async with asyncio.timeout(wire.close_timeout):
            await wire.close(code, reason)
            await wire.over.wait()
    except TimeoutError as error:  # also when the peer reads nothing, which wire.close() would wait out
        wire.set_connection_exc(error)
        wire.cut()


def closing_words(wire: FrameReader, close_asked: bool) -> CloseEvent:  # noqa: FBT001 - it is the whole question
    """Say how a connection that was open has ended; see `CloseEvent` for which code counts."""
    return replace(_how(wire, close_asked), dropped=wire.dropped)


def connection_lost(wire: FrameReader, event: CloseEvent, url: str) -> ConnectionLost:
    """Make the error that goes with a close that was not clean."""
    if event.reason == KEEPALIVE_FAILED:
        message = (
            f"the connection to {url} was given up: no answer to a ping. If it may take longer, raise ping_timeout="
        )
        return ConnectionSilent(message, code=event.code)
    cause = wire.protocol.parser_exc or wire.connection_exc
    why = f": {cause}" if cause is not None and str(cause) not in ("", event.reason) else ""
    words = f"{event.code} {event.reason}".strip()
    lost = ConnectionLost(f"the connection to {url} broke ({words}){why}", code=event.code)
    lost.__cause__ = cause
    return lost


def _how(wire: FrameReader, close_asked: bool) -> CloseEvent:  # noqa: FBT001 - it is the whole question
    received, sent = wire.protocol.close_rcvd, wire.protocol.close_sent
    if wire.failure is not None:  # also when the peer's own close frame stood behind the message that failed
        return CloseEvent(int(wire.failure.code), wire.failure.reason)
    if received is not None:
        return CloseEvent(int(received.code), received.reason, clean=sent is not None)
    if sent is not None and not close_asked:
        return CloseEvent(int(sent.code), sent.reason)
    return CloseEvent(ABNORMAL_CLOSURE)
