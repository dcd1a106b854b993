"""The one way to open a log: by the suffix of its name."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable
from pathlib import Path

from socketstore.actions import Action
from socketstore.errors import UsageError
from socketstore.log.jsonl import JsonLinesStorage
from socketstore.log.log import Log
from socketstore.log.parted import PartedStorage
from socketstore.log.parts import OpenPart
from socketstore.log.rotation import Rotation
from socketstore.log.sqlite import SqliteStorage
from socketstore.log.storage import Mode

FORMATS: dict[str, OpenPart] = {".jsonl": JsonLinesStorage, ".db": SqliteStorage}


def open_log(
    target: str | os.PathLike[str],
    mode: Mode = "r",
    *,
    actions: Iterable[type[Action]] = (),
    clock: Callable[[], float] = time.time,
    rotate: Rotation | None = None,
) -> Log:
    """Open a log; the suffix chooses the format: ``.jsonl``, a text file with one entry a line, or ``.db``, a database.

    ::

        with open_log("session.jsonl", mode="x") as log:
            store = Store(chat, Chat(), middleware=[record(log)])

    Args:
        target: the file.
        mode: as for `open`: ``"r"`` reads, ``"a"`` appends and makes the file if there is none, ``"x"`` makes a new
            file and refuses an old one, ``"w"`` begins anew.
        actions: an entry is read as the action class that has its tag; where several have it, those named here count.

        clock: gives the Unix time that stands in the entries, and that tells the age of a file.
        rotate: when to go on in a new file. A log that was rotated once is read and continued without it, too.

    Raises:
        UsageError: the suffix or the mode is unknown.
        LogUnavailable: the file cannot be opened in this way.
        LogCorrupted: it is no log.
        LogVersionError: it is of a newer version.
    """
    if not isinstance(target, (str, os.PathLike)):
        message = f"got a log named {target!r}; expected the path of a file"
        raise UsageError(message)
    path = Path(target)
    if path.suffix not in FORMATS:
        message = f"got a log named {path.name!r}; expected a name that ends in {' or '.join(FORMATS)}"
        raise UsageError(message)
    if mode not in ("r", "a", "w", "x"):
        message = f"got mode={mode!r}; expected 'r', 'a', 'x' or 'w'"
        raise UsageError(message)
    storage = PartedStorage(path, mode, open_part=FORMATS[path.suffix], clock=clock, rotation=rotate)
    return Log(storage, actions=actions, clock=clock)
