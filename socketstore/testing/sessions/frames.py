"""The fold over recorded frames: what a connection would have dispatched, decoded anew."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import reduce
from typing import Any

from socketstore.actions import GotMessage, JustConnected, JustDisconnected, MessageRejected
from socketstore.decoding.decoder import Decode, Decoder, decoder
from socketstore.errors import DecodeError
from socketstore.log.entries import ClosedEntry, FrameInEntry, OpenedEntry
from socketstore.log.log import Log
from socketstore.sockets.events import MessageEvent
from socketstore.store.types import Reducer, S
from socketstore.testing.sessions.wire import wire_entries


def replay_frames(
    log: Log, reducer: Reducer[S], initial: S, *, messages: Any = None, decode: Decode | None = None
) -> S:
    """Fold what the frames of a log are decoded to, as a `Connection` with these arguments would have."""
    return reduce(reducer, _actions(log, decoder(messages, decode)), initial)


def _actions(log: Log, read: Decoder) -> Iterator[Any]:
    for entry in wire_entries(log):
        match entry:
            case OpenedEntry(url=url, subprotocol=subprotocol):
                yield JustConnected(**_stamp(entry), url=url, subprotocol=subprotocol)
            case FrameInEntry():
                yield from _decoded(entry, read)
            case ClosedEntry(code=code, reason=reason, clean=clean):
                yield JustDisconnected(**_stamp(entry), code=code, reason=reason, clean=clean)


def _decoded(frame: FrameInEntry, read: Decoder) -> Iterable[Any]:
    try:
        return read(MessageEvent(frame.data), lambda value: GotMessage(**_stamp(frame), data=value))
    except DecodeError as error:
        return (MessageRejected(**_stamp(frame), raw=frame.data, reason=str(error)),)


def _stamp(entry: OpenedEntry | FrameInEntry | ClosedEntry) -> dict[str, Any]:
    return {"connection": entry.connection, "epoch": entry.epoch, "at": entry.at}
