"""A log that is known by what is in it, as its name may say anything."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

from socketstore.log.files import translated
from socketstore.log.foreign.files import SQLITE
from socketstore.log.opening import FORMATS
from socketstore.log.parted import PartedStorage
from socketstore.log.parts import OpenPart, full_parts
from socketstore.log.storage import Line


def format_of(source: Path) -> OpenPart:
    """Return what opens a file like the ones of a log, whatever its name is.

    Raises:
        LogUnavailable: it cannot be read.
    """
    with translated("read", source), parts_of(source)[-1].open("rb") as file:
        return FORMATS[".db" if file.read(len(SQLITE)) == SQLITE else ".jsonl"]


def parts_of(source: Path) -> list[Path]:
    """Return the files of a log, oldest first: it may have been rotated."""
    full = [path for _, path in full_parts(source)]
    return [*full, source] if source.exists() or not full else full


def lines_of(source: Path) -> Iterator[Line]:
    """Yield the entries of a log, whatever its name is.

    Raises:
        LogUnavailable: it cannot be read.
        LogCorrupted: it is damaged.
        LogVersionError: it is of a newer version.
    """
    return PartedStorage(source, "r", open_part=format_of(source), clock=time.time).lines()
