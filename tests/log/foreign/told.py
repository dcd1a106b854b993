"""Entries of sockets in few words, socket by socket, without times and ports, which differ from run to run."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from socketstore import ClosedEntry, Entry, ErrorEntry, FrameInEntry, FrameOutEntry, OpenedEntry, WireEntry


def told(entries: Iterable[Entry]) -> dict[str, list[str]]:
    """Return what happened on each socket, by the last part of its name."""
    sockets: dict[str, list[str]] = {}
    for entry in entries:
        if isinstance(entry, WireEntry):
            sockets.setdefault(entry.connection.rpartition("/")[2], []).append(_words(entry))
    return sockets


def _words(entry: Any) -> str:
    match entry:
        case OpenedEntry(url=url, subprotocol=subprotocol):
            return " ".join(filter(None, ["opened", re.sub(r"127\.0\.0\.1:\d+/", "", url), subprotocol]))
        case FrameOutEntry(data=data):
            return f"-> {data!r}"
        case FrameInEntry(data=data):
            return f"<- {data!r}"
        case ErrorEntry(message=message):
            return f"error {message}"
        case ClosedEntry(code=code):
            return f"closed {code}"
    raise AssertionError(entry)
