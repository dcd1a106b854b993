"""Logs of version 1, as they were written then, are read, appended to and converted."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from socketstore import (
    Action,
    ActionEntry,
    FailedEntry,
    FrameInEntry,
    GotMessage,
    JustConnected,
    NoteEntry,
    convert,
    open_log,
    replay,
)

VERSION_1 = Path(__file__).parent / "versions" / "version-1.jsonl"


class CoinCounted(Action):
    cents: int
    where: str = "till"


class NoteScanned(Action):
    scan: bytes
    weight: float


def count(cents: int, action: object) -> int:
    if isinstance(action, CoinCounted):
        if action.cents < 0:
            message = "not enough"
            raise ValueError(message)
        return cents + action.cents
    return cents


EXPECTED = [
    CoinCounted(cents=5),
    JustConnected(url="ws://localhost:8080", at=1600000000.25, epoch=1),
    GotMessage(data=b"\x00\xff", at=1600000000.5, epoch=1),
    GotMessage(data={"price": 3.5}, at=1600000000.75, epoch=1),
    CoinCounted(cents=-1),
    NoteScanned(scan=b"\x00", weight=float("inf")),
    {"any": ["JSON", None, 1.5]},
    CoinCounted(cents=7, where="zwölf"),
]


@pytest.fixture
def old(tmp_path: Path) -> Path:
    return Path(shutil.copy(VERSION_1, tmp_path / "old.jsonl"))


def test_the_file_is_of_version_1() -> None:
    assert json.loads(VERSION_1.read_text(encoding="utf-8").splitlines()[0])["version"] == 1


def test_its_entries_are_read() -> None:
    with open_log(VERSION_1) as log:
        entries = list(log.read())
    assert [entry.action for entry in entries if isinstance(entry, ActionEntry)] == EXPECTED
    assert [(entry.sequence, entry.of) for entry in entries if isinstance(entry, FailedEntry)] == [(6, 5)]


def test_it_replays() -> None:
    with open_log(VERSION_1) as log:
        assert replay(log, count, 0) == 12


def test_what_is_appended_has_all_kinds_and_leaves_the_version_alone(old: Path) -> None:
    """A reader of version 1 passes over kinds that it does not know: nothing there is misread."""
    with open_log(old, mode="a") as log:
        assert log.append(CoinCounted(cents=1)) == 10
        log.write(FrameInEntry(data="wire"))
        log.note("by version 2")
        assert replay(log, count, 0) == 13
    with open_log(old) as log:
        assert [type(entry) for entry in log.read(10)] == [FrameInEntry, NoteEntry]
    before = VERSION_1.read_bytes()
    assert old.read_bytes()[: len(before)] == before


@pytest.mark.parametrize("suffix", [".jsonl", ".db"])
def test_converting_makes_it_a_log_of_the_version_of_today(old: Path, suffix: str) -> None:
    new = old.with_name("new.db")
    assert convert(old, new) == 9
    if suffix == ".jsonl":
        convert(new, new := old.with_name("new.jsonl"))
        header, *lines = new.read_bytes().splitlines()
        old_header, *old_lines = VERSION_1.read_bytes().splitlines()
        assert lines == old_lines
        assert json.loads(header) == json.loads(old_header) | {"version": 2}
    with open_log(new) as log:
        assert replay(log, count, 0) == 12
