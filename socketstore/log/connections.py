"""Which connections a log has something of: a name that is misspelt would silently choose nothing."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from socketstore.errors import UsageError
from socketstore.log.entries import WireEntry
from socketstore.log.kinds import KINDS
from socketstore.log.lines import fields_of
from socketstore.log.log import Log
from socketstore.log.reading import ACTION

WIRE = frozenset(kind for kind, entry in KINDS.items() if issubclass(entry, WireEntry))
"""The kinds of entries that are of a connection."""


def check_connection(log: Log, connection: Any) -> None:
    """Return if a log has something of a connection, or nothing at all.

    Raises:
        UsageError: there is no connection of this name.
        LogCorrupted: an entry cannot be read.
    """
    found = found_instead(log, connection)
    if found is not None:
        message = f"got connection={connection!r}{found}"
        raise UsageError(message)


def found_instead(log: Log, connection: Any) -> str | None:
    """Return, in words for an error, what a log has if it has nothing of a connection; ``None`` if it has.

    Of a log without entries that cannot be said yet.

    Raises:
        LogCorrupted: an entry cannot be read.
    """
    names = set[str]()
    for name in _names(log):
        names.add(name)
        if name == connection:
            return None
    if names:
        return f"; expected {' or '.join(sorted(names))}"
    return f", but {log.path} holds no frames" if any(True for _ in log.lines()) else None


def _names(log: Log) -> Iterator[str]:
    for place, text in log.lines():
        if text.startswith(ACTION):  # most are, and need not be read
            continue
        fields = fields_of(text, place, str(log.path))
        if fields.get("kind") in WIRE:
            yield str(fields.get("connection", "default"))
