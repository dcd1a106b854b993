"""What a log may forget: all that stands before the last snapshot which holds a state."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from socketstore.codec import parse
from socketstore.errors import DecodeError, UsageError
from socketstore.log.storage import Line, Part


def last_snapshot(parts: Sequence[Part], path: Path) -> tuple[Part, int]:
    """Return the last snapshot that holds a state: the file and the number.

    Args:
        parts: the files of the log, oldest first.
        path: for the message.

    Raises:
        UsageError: there is none.
    """
    for part in reversed(parts):
        sequence = 0
        for line in part.tail(0):
            sequence = _snapshot_in(line) or sequence
        if sequence:
            return part, sequence
    message = (
        f"{path} has no snapshot that holds a state, so nothing in it can be dropped; "
        "record some with record(log, snapshot_every=...)"
    )
    raise UsageError(message)


def _snapshot_in(line: Line) -> int:
    if b'"snapshot"' not in line.text:  # most are not, and need not be read
        return 0
    try:
        fields = parse(line.text)
    except DecodeError:
        return 0
    match fields:
        case {"kind": "snapshot", "state": _, "sequence": int(sequence)}:
            return sequence
        case _:
            return 0
