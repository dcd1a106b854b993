"""What is told of how far something is."""

from __future__ import annotations

import operator
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from rich.progress import Progress

from socketstore import open_log
from socketstore.cli.entries.raw import last_number, raw_entries, size_of
from socketstore.cli.progress import counted, progress_of
from tests.cli.sessions import everything, write_session


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> list[tuple[int, int]]:
    told: list[tuple[int, int]] = []

    def update(self: Progress, task: Any, *, completed: int, total: int) -> None:
        told.append((completed, total))

    monkeypatch.setattr(Progress, "update", update)
    return told


def test_without_a_terminal_nobody_is_told() -> None:
    with progress_of("Counting") as progress:
        assert progress is None


def test_a_total_that_is_known_better_counts(told: list[tuple[int, int]], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stderr", SimpleNamespace(isatty=lambda: True, write=len, flush=int))
    for total, expected in ((None, (2, 5)), (0, (2, 5)), (9, (2, 9))):
        with progress_of("Counting", total=total) as progress:
            assert progress is not None
            progress(2, 5)
        assert told.pop() == expected


def test_a_reducer_that_is_counted_does_the_same_and_never_more_than_all() -> None:
    told: list[tuple[int, int]] = []
    add = counted(operator.add, lambda *so_far: told.append(so_far), 2_500)
    state = 0
    for _ in range(3_000):
        state = add(state, 1)
    assert state == 3_000
    assert told == [(1_000, 2_500), (2_000, 2_500), (2_500, 2_500)]
    assert counted(operator.add, None, 1) is operator.add


def test_reading_tells_of_bytes_and_ends_with_all(tmp_path: Path) -> None:
    file = write_session(tmp_path / "long.jsonl", everything() * 300)
    told: list[tuple[int, int]] = []
    with open_log(file) as log:
        assert len(list(raw_entries(log, progress=lambda *so_far: told.append(so_far)))) == 4_200
        assert told[-1] == (size_of(log), size_of(log)) == (file.stat().st_size, file.stat().st_size)
    assert told == sorted(told)
    assert len(told) == 6


@pytest.mark.parametrize("name", ["some.jsonl", "some.db"])
def test_the_last_number_is_known_without_reading_all(tmp_path: Path, name: str) -> None:
    with open_log(tmp_path / name, "x") as log:
        log.append(1)
        log.append(2)
    with open_log(tmp_path / name) as log:
        assert last_number(log) == 2


@pytest.mark.parametrize("damage", [b"damage\n", b'{"half an ent'])
def test_and_that_of_the_last_whole_one_where_the_end_is_damaged(tmp_path: Path, damage: bytes) -> None:
    file = write_session(tmp_path / "some.jsonl", everything())
    file.write_bytes(file.read_bytes() + damage)
    with open_log(file) as log:
        assert last_number(log) == len(everything())
