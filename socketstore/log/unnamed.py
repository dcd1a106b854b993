"""A log that is known by what is in it, as its name may say anything."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from socketstore.log.files import translated
from socketstore.log.foreign.files import SQLITE, opened
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


@contextmanager
def unpacked(source: Path) -> Iterator[Path]:
    """Yield the path of a log; if it is packed with gzip, that of its text or database, which is gone after the block.

    Raises:
        LogUnavailable: it cannot be read.
        DecodeError: it is packed, and damaged.
    """
    with ExitStack() as folders:
        yield _unpacked(source, folders)


def _unpacked(source: Path, folders: ExitStack) -> Path:
    with opened(parts_of(source)[-1]) as packed:
        if not packed.is_packed:
            return source
        target = Path(folders.enter_context(TemporaryDirectory(prefix="socketstore-"))) / source.stem
        with target.open("wb") as file:
            shutil.copyfileobj(packed.file, file)
    return target


def lines_of(source: Path) -> Iterator[Line]:
    """Yield the entries of a log, whatever its name is.

    Raises:
        LogUnavailable: it cannot be read.
        LogCorrupted: it is damaged.
        LogVersionError: it is of a newer version.
    """
    return PartedStorage(source, "r", open_part=format_of(source), clock=time.time).lines()
