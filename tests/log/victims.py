"""A program that records as fast as it can, until it is killed."""

from __future__ import annotations

import mmap
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from socketstore import open_log
from socketstore.log.writing import Durability

COUNTER = 8  # bytes
SOME = 5


def entry(number: int) -> Any:
    """The action that bears a number: most are small, some are many pages, which a kill can tear."""
    return {"number": number, "text": "x" * (300_000 if number % 101 == 0 else number % 300)}


def record_until_killed(path: Path, durability: Durability, acknowledged: Path, begun: Connection) -> None:
    """Append, and write into a file of memory up to which number that has been acknowledged.

    Of a "batch" those are acknowledged that it says to have brought to the disk. Says that it has begun when some are.
    """
    with acknowledged.open("r+b") as file, mmap.mmap(file.fileno(), COUNTER) as shared:
        log = open_log(path, mode="a", durability=durability)
        before = log.last
        while True:
            number = log.append(entry(log.last + 1))
            count = log.written if durability == "batch" else number
            shared[:] = count.to_bytes(COUNTER, "little")
            if count >= before + SOME and not begun.closed:
                begun.close()
