"""Logs in several files, for tests."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from socketstore import Rotation, open_log
from socketstore.log import jsonl
from socketstore.log.sqlite import SqliteStorage

FORMATS = pytest.mark.parametrize("suffix", ["jsonl", "db"])
OPEN_PART: dict[str, Any] = {"jsonl": jsonl.JsonLinesStorage, "db": SqliteStorage}
EACH = Rotation(max_bytes=1)
"""A file for each entry."""


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir() if not path.name.endswith(("-wal", "-shm", "-lock")))


def rotated(path: Path, count: int, rotation: Rotation = EACH) -> Path:
    with open_log(path, "x", rotate=rotation) as log:
        for number in range(1, count + 1):
            log.append(number)
            log.flush()
    return path
