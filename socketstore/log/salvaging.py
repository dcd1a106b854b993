"""What can still be read of a damaged log: line by line, each whole or with what is wrong with it."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from socketstore.codec import parse, short
from socketstore.errors import DecodeError, LogCorrupted
from socketstore.log.databases import is_open, reader, translated
from socketstore.log.headers import check_header_line
from socketstore.log.kinds import KINDS, entry_of_fields

END = 1 << 62
"""A number that no entry has."""

MOST = 1_000_000
"""Entries that a block can hold; a number that says more is damaged."""

UNREADABLE = "SQLite cannot read its page, nor say how many entries are in it"


class Piece(NamedTuple):
    """A stretch of a damaged file.

    Attributes:
        place: where it stands: the number of the line, or in a database of the entry.
        text: its bytes, without an end of line.
        sequence: the number of the entry in it; ``None`` if there is none that can be used.
        problem: what is wrong with it otherwise.
        entries: how many entries stood in it, if that is known.
    """

    place: int
    text: bytes
    sequence: int | None
    problem: str = ""
    entries: int = 1


def pieces_of_lines(path: Path) -> Iterator[Piece]:
    """Yield everything in a file of lines but its header.

    Raises:
        LogVersionError: it is of a newer version.
        OSError: it cannot be read.
    """
    with path.open("rb") as file:
        for number, line in enumerate(file, start=1):
            if number > 1 or not _is_header(line, path):
                yield piece(number, line.rstrip(b"\r\n"))


def pieces_of_database(path: Path) -> Iterator[Piece]:
    """Yield everything in a database that SQLite can still find.

    Raises:
        LogCorrupted: it finds nothing at all.
        LogUnavailable: it cannot be read.
    """
    with translated("read", path), _opened(path) as database:
        database.execute("SELECT count(*) FROM sqlite_schema").fetchone()
        following = place = 0
        while following < END:
            first = _first_block(database, following)
            if first is None:
                beyond = _beyond_damage(database, following)
                yield Piece(max(following, place), b"", None, UNREADABLE)
                following = beyond
            elif first < END:
                for each in _pieces_of_block(database, first):
                    yield each
                    place = each.place + each.entries
                following = first + 1
            else:
                return


def piece(place: int, text: bytes) -> Piece:
    """Look whether a line is an entry."""
    try:
        return Piece(place, text, _sequence(text))
    except ValueError as error:  # DecodeError and pydantic's are some
        return Piece(place, text, None, str(error))


@contextmanager
def _opened(path: Path) -> Iterator[sqlite3.Connection]:
    """Open a database to read what is there, also if it ends before its end, as one does that was copied in part.

    With a schema that may be written SQLite lets a file be shorter than it says, and a view or table that is damaged
    does not hide the others.
    """
    with ExitStack() as stack:
        try:
            database = stack.enter_context(reader(path))
        except sqlite3.OperationalError:
            raise
        except sqlite3.DatabaseError:
            how = "mode=ro" if is_open(path) else "mode=ro&immutable=1"
            database = stack.enter_context(closing(sqlite3.connect(f"{path.absolute().as_uri()}?{how}", uri=True)))
        database.execute("PRAGMA writable_schema = ON")
        yield database


def _is_header(line: bytes, path: Path) -> bool:
    try:
        check_header_line(line, str(path))
    except LogCorrupted:
        return False
    return True


def _sequence(text: bytes) -> int:
    match parse(text):
        case {"kind": str(kind), "sequence": int(sequence), "at": int() | float()} as fields if 0 < sequence < END:
            _check_content(kind, fields)
            return sequence
        case other:
            message = f"got {short(other)}; expected an entry"
            raise DecodeError(message)


def _check_content(kind: str, fields: Mapping[str, Any]) -> None:
    if kind in KINDS:
        entry_of_fields(fields)
    elif (kind == "action" and not isinstance(fields.get("action"), dict)) or (
        kind == "value" and "value" not in fields
    ):
        message = f"got {short(fields)}; expected a key {kind!r}"
        raise DecodeError(message)


def _first_block(database: sqlite3.Connection, following: int) -> int | None:
    """Return the number of the first block from a number on, `END` if there is none; ``None``: damaged."""
    try:
        row = database.execute("SELECT min(first) FROM blocks WHERE first >= ?", (following,)).fetchone()
    except sqlite3.DatabaseError:
        return None
    return END if row[0] is None else int(row[0])


def _beyond_damage(database: sqlite3.Connection, following: int) -> int:
    """Return from which number on something can be read again."""
    damaged, step = following, 1
    while damaged + step < END and _first_block(database, damaged + step) is None:
        damaged, step = damaged + step, step * 2
    readable = min(damaged + step, END)
    while damaged + 1 < readable:
        middle = (damaged + readable) // 2
        if _first_block(database, middle) is None:
            damaged = middle
        else:
            readable = middle
    return readable


def _pieces_of_block(database: sqlite3.Connection, first: int) -> Iterator[Piece]:
    try:
        (lines,) = database.execute("SELECT CAST(lines AS BLOB) FROM blocks WHERE first = ?", (first,)).fetchone()
        texts = bytes(lines).removesuffix(b"\n").split(b"\n")
    except (sqlite3.DatabaseError, TypeError) as error:
        lost = _last_of_block(database, first) - first + 1
        yield Piece(first, b"", None, f"SQLite cannot read its block: {error}", lost if 0 < lost <= MOST else 1)
        return
    for place, text in enumerate(texts, start=first):
        yield piece(place, text)


def _last_of_block(database: sqlite3.Connection, first: int) -> int:
    """Return the number of the last entry of a block, which stands before its lines; 0 if it cannot be read."""
    try:
        (last,) = database.execute("SELECT last FROM blocks WHERE first = ?", (first,)).fetchone()
    except (sqlite3.DatabaseError, TypeError):
        return 0
    return last if isinstance(last, int) else 0
