"""New files for recordings: an old one is never written over."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from socketstore.cli.failing import Failure
from socketstore.cli.invocation import command
from socketstore.cli.output import Screen
from socketstore.cli.words import entries_of
from socketstore.errors import LogUnavailable
from socketstore.log.log import Log
from socketstore.log.opening import open_log
from socketstore.log.writing import Durability


def new_log(path: Path, durability: Durability | None = None) -> Log:
    """Make a log; how durable it is, see `open_log`.

    Raises:
        Failure: the file exists.
        LogError: it cannot be made.
        UsageError: its suffix is not that of a log.
    """
    try:
        return open_log(path, mode="x", durability=durability)
    except LogUnavailable as error:
        if not isinstance(error.__cause__, FileExistsError):
            raise
        message = f"{path} exists already and is not written over; choose another name with -o, or remove it first"
        raise Failure(message) from error


def temporary_file() -> Path:
    """Reserve a file in the system's folder for temporary files."""
    handle, name = tempfile.mkstemp(prefix="demo-", suffix=".jsonl")
    os.close(handle)
    return Path(name)


def tell_of(screen: Screen, path: Path, entries: int, *options: str) -> None:
    """Say what was recorded and how to replay it."""
    screen.whole(f"Recorded {entries_of(entries)} in {path}", "bold")
    screen.whole("To replay them:")
    screen.whole(command("replay", str(path), *options), "green")
