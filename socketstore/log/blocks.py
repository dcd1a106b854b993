"""Entries that stand together in one row of a database."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

from socketstore.errors import LogCorrupted
from socketstore.log.storage import Lines

BLOCK = 4_000
"""Bytes up to which entries that come one by one are put into the last block: one that fits into a page of SQLite
costs nothing to write anew, as SQLite writes whole pages anyway."""

Block = tuple[int, int, bytes]
"""The numbers of its first entry and of its last, and their lines."""


def joined(block: Block | None, first: int, last: int, lines: bytes) -> Block:
    """Return the block that lines are to stand in: the one before them, if they follow it and fit, or their own."""
    if block and block[1] + 1 == first and len(block[2]) + len(lines) <= BLOCK:
        return block[0], last, block[2] + lines
    return first, last, lines


def replace_block(database: sqlite3.Connection, block: Block) -> None:
    """Write a block over the one that begins with the same entry."""
    first, last, lines = block
    database.execute("UPDATE blocks SET last = ?, lines = ? WHERE first = ?", (last, lines, first))


def last_of(database: sqlite3.Connection, path: Path) -> int | None:
    """Return the number of the last entry; ``None`` if there is none.

    Raises:
        LogCorrupted: its block is damaged.
    """
    row = database.execute("SELECT first, last FROM blocks ORDER BY first DESC LIMIT 1").fetchone()
    if row is None:
        return None
    _check_block(row[0], last=row[1], path=path)
    return int(row[1])


def _check_block(first: int, last: object, path: Path, lines: object = b"\n") -> None:
    if type(last) is not int or last < first or not isinstance(lines, bytes) or not lines.endswith(b"\n"):
        message = f"{path}, entry {first}: its block is damaged: it does not end with an entry and an end of line"
        raise LogCorrupted(message, line=first)


def at_most(rows: Iterator[Block], size: int) -> Iterator[Block]:
    """Yield blocks until they have a number of bytes; at least one, if there is one."""
    for row in rows:
        yield row
        size -= len(row[2]) if isinstance(row[2], bytes) else size  # damaged: nothing behind it will be read
        if size <= 0:
            return


def lines_in(block: Block, following: int, path: Path) -> Lines:
    """Return the entries of a block, from one on; an earlier one where numbers are missing.

    Raises:
        LogCorrupted: it is damaged.
    """
    first, last, lines = block
    _check_block(first, last, path, lines)
    texts = lines.split(b"\n")
    texts.pop()  # behind the last end of line is nothing
    whole = len(texts) == last - first + 1
    skipped = max(following - first, 0) if whole else 0
    return Lines(first + skipped, texts[skipped:] if skipped else texts)
