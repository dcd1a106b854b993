"""Long recordings as a program uses them; mypy and pyright check this file, `test_api_long_logs.py` runs it.

Each ``type: ignore[code]`` marks a mistake that mypy must find: where it no longer does, mypy reports the ignore.
"""

from __future__ import annotations

from pathlib import Path
from typing import assert_type

from socketstore import Compacted, Entry, Rotation, SnapshotEntry, open_log


def a_log_goes_on_in_new_files(folder: Path) -> int:
    with open_log(folder / "a.db", "x", rotate=Rotation(max_bytes=10_000_000, max_age=3600.0, keep=7)) as log:
        return log.append("first")


def a_log_forgets_its_beginning(folder: Path) -> Compacted:
    with open_log(folder / "b.jsonl", "x") as log:
        log.append("first")
        log.write(SnapshotEntry(state=1))
        compacted = log.compact()
        assert_type(compacted.freed, int)
        return compacted


async def a_log_is_followed(folder: Path) -> Entry:
    with open_log(folder / "c.jsonl", "x") as log:
        log.append("first")
        async for entry in log.follow():
            assert_type(entry, Entry)
            return entry
    raise AssertionError


def mistakes_that_are_refused() -> None:
    Rotation(max_bytes="10 MB")  # type: ignore[arg-type]
