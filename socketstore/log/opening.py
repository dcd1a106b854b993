"""The one way to open a log: by the suffix of its name."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, get_args

from socketstore.errors import UsageError
from socketstore.log.action_classes import check_named
from socketstore.log.jsonl import JsonLinesStorage
from socketstore.log.log import Log
from socketstore.log.parted import PartedStorage
from socketstore.log.parts import OpenPart
from socketstore.log.redacting import redaction_of
from socketstore.log.redaction import Redact
from socketstore.log.rotation import Rotation
from socketstore.log.secret_names import REDACTED
from socketstore.log.sqlite import SqliteStorage
from socketstore.log.storage import Mode
from socketstore.log.writing import Durability

FORMATS: dict[str, OpenPart] = {".jsonl": JsonLinesStorage, ".db": SqliteStorage}


USUAL: dict[str, Durability] = {".jsonl": "os", ".db": "batch"}


def open_log(
    target: str | os.PathLike[str],
    mode: Mode = "r",
    *,
    actions: Iterable[type[Any]] = (),
    durability: Durability | None = None,
    clock: Callable[[], float] = time.time,
    redact: Redact = REDACTED,
    rotate: Rotation | None = None,
) -> Log:
    """Open a log; the suffix chooses the format: ``.jsonl``, a text file with one entry a line, or ``.db``, a database.

    ::

        with open_log("session.jsonl", mode="x") as log:
            store = Store(chat, Chat(), middleware=[record(log)])

    Args:
        target: the file.
        mode: as for `open`: ``"r"`` reads, ``"a"`` appends and makes the file if there is none, ``"x"`` makes a new
            file and refuses an old one, ``"w"`` begins anew; what was there is removed, full files included.
        actions: an entry is read as the action class that has its tag; where several have it, those named here count.
            Classes of `msgspec.Struct` are named here, or with `known_struct`, as they are not found otherwise.
        durability: what an entry survives when it has been appended. ``"os"``: the end of this process, in whatever
            way. ``"entry"``: a power cut as well; each waits for the disk. ``"batch"``: entries gather for some
            milliseconds and go to the disk together, in a thread; a kill loses those that wait. ``None`` is ``"os"``
            for ``.jsonl`` and ``"batch"`` for ``.db``.
        clock: gives the Unix time in seconds that stands in the entries, and that tells the age of a file.
        redact: names whose values are never written, or a function ``(path, value) -> value`` that returns what is
            written in the place of a value; ``None``: everything is written as it is.
        rotate: when to go on in a new file. A log that was rotated once is read and continued without it, too.

    Raises:
        UsageError: the suffix, the mode or the durability is unknown, another option is of another type, or a log
            cannot hold actions of a class.
        LogUnavailable: the file cannot be opened in this way, or another writer has it open.
        LogCorrupted: it is no log.
        LogVersionError: it is of a newer version.
    """
    path = checked_path(target)
    _check_types(actions, clock, rotate)
    _check_choice("mode", mode, get_args(Mode))
    _check_choice("durability", durability, (*get_args(Durability), None))
    named, redaction = check_named(actions), redaction_of(redact)
    storage = PartedStorage(path, mode, open_part=FORMATS[path.suffix], clock=clock, rotation=rotate)
    chosen = durability or USUAL[path.suffix]
    return Log(storage, mode=mode, actions=named, durability=chosen, clock=clock, redaction=redaction)


def checked_path(target: object) -> Path:
    """Return the path of a log.

    Raises:
        UsageError: it is no path, or its suffix is unknown.
    """
    if not isinstance(target, (str, os.PathLike)):
        message = f"got a log named {target!r}; expected the path of a file"
        raise UsageError(message)
    path = Path(target)
    if path.suffix not in FORMATS:
        message = f"got a log named {path.name!r}; expected a name that ends in {' or '.join(FORMATS)}"
        raise UsageError(message)
    return path


def _check_choice(name: str, got: object, choices: tuple[object, ...]) -> None:
    if got not in choices:
        *others, last = map(repr, choices)
        message = f"got {name}={got!r}; expected {', '.join(others)} or {last}"
        raise UsageError(message)


def _check_types(actions: object, clock: object, rotate: object) -> None:
    _check_type("actions", actions, fits=isinstance(actions, Iterable), example="[Deposited, Withdrawn]")
    _check_type("clock", clock, fits=callable(clock), example="time.time")
    _check_type("rotate", rotate, fits=isinstance(rotate, Rotation | None), example="Rotation(max_bytes=100_000_000)")


def _check_type(name: str, got: object, *, fits: bool, example: str) -> None:
    if not fits:
        message = f"got {name}={got!r:.200}; expected something as in {name}={example}"
        raise UsageError(message)
