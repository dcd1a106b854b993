"""What a shell offers at the Tab key besides commands and options."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from socketstore.cli.entries.raw import KIND_NAMES
from socketstore.log.opening import FORMATS


def complete_sessions(incomplete: str) -> list[str]:
    """Offer the logs, and the folders, whose path begins like this."""
    return list(_matches(incomplete, (*FORMATS,)))


def complete_kinds(incomplete: str) -> list[str]:
    """Offer the kinds of entries."""
    return [kind for kind in KIND_NAMES if kind.startswith(incomplete)]


def _matches(incomplete: str, suffixes: tuple[str, ...]) -> Iterator[str]:
    folder, slash, start = incomplete.rpartition("/")
    found = sorted(_in_folder(folder + slash, start, suffixes))
    only_folder = len(found) == 1 and found[0].endswith("/")
    inside = list(_matches(found[0], suffixes)) if only_folder else []  # a shell would put a space behind the folder
    yield from inside or found


def _in_folder(folder: str, start: str, suffixes: tuple[str, ...]) -> Iterator[str]:
    try:
        paths = list(Path(folder or ".").expanduser().iterdir())
    except OSError:
        return
    for path in paths:
        if path.name.startswith(start) and (start or not path.name.startswith(".")):
            if path.is_dir():
                yield f"{folder}{path.name}/"
            elif path.suffix in suffixes:
                yield f"{folder}{path.name}"
