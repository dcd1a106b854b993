"""Logs in several files: when a new one begins, that they are read as one, and what a crash leaves."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from socketstore import Log, LogCorrupted, LogUnavailable, LogWarning, Rotation, UsageError, open_log
from socketstore.log import jsonl, locking
from socketstore.log.parts import full_parts
from tests.log import bank
from tests.log.bank import actions_of
from tests.log.rotated import EACH, FORMATS, OPEN_PART, names, rotated

# When.


@FORMATS
def test_the_file_that_is_written_keeps_its_name_and_the_others_sort_by_age(tmp_path: Path, suffix: str) -> None:
    rotated(tmp_path / f"a.{suffix}", 4)
    assert names(tmp_path) == [f"a.000001.{suffix}", f"a.000002.{suffix}", f"a.000003.{suffix}", f"a.{suffix}"]


def test_a_file_is_full_when_it_would_become_larger(tmp_path: Path) -> None:
    with open_log(tmp_path / "a.jsonl", "x", rotate=Rotation(max_bytes=1_000)) as log:
        for _ in range(100):
            log.append("x" * 50)
    sizes = [path.stat().st_size for path in tmp_path.iterdir()]
    assert len(sizes) > 10
    assert max(sizes) <= 1_000
    assert sorted(sizes)[1] > 800


def test_a_database_is_full_by_its_pages(tmp_path: Path) -> None:
    with open_log(tmp_path / "a.db", "x", rotate=Rotation(max_bytes=100_000)) as log:
        for _ in range(100):
            log.append("x" * 5_000)
            log.flush()
    sizes = [path.stat().st_size for path in tmp_path.iterdir()]
    assert len(sizes) in (5, 6, 7)
    assert max(sizes) <= 130_000


@FORMATS
def test_a_file_is_full_when_it_is_old_and_the_next_entry_comes(tmp_path: Path, suffix: str) -> None:
    now = [0.0]
    for at in (1_000.0, 1_059.0, 1_061.0, 1_119.0, 1_200.0):
        now[0] = at
        with open_log(tmp_path / f"a.{suffix}", "a", rotate=Rotation(max_age=60), clock=lambda: now[0]) as log:
            log.append(at)
    with open_log(tmp_path / f"a.{suffix}") as log:
        assert actions_of(log) == [1_000.0, 1_059.0, 1_061.0, 1_119.0, 1_200.0]
    assert names(tmp_path) == [f"a.000001.{suffix}", f"a.000002.{suffix}", f"a.{suffix}"]
    with open_log(tmp_path / f"a.000002.{suffix}") as part:
        assert actions_of(part) == [1_061.0, 1_119.0]


def test_a_file_without_entries_is_not_full(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    open_log(path, "x", clock=lambda: 0.0).close()
    with open_log(path, "a", rotate=Rotation(max_age=1, max_bytes=1)) as log:
        log.append("first")
    assert names(tmp_path) == ["a.jsonl"]


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"max_bytes": 0},
        {"max_age": "1 d"},
        {"max_bytes": 1, "keep": 1.5},
        {"max_age": -1},
        {"max_age": float("nan")},
        {"max_bytes": 1, "keep": -1},
    ],
)
def test_a_rotation_that_makes_no_sense_is_refused(settings: dict[str, Any]) -> None:
    with pytest.raises(UsageError, match="expected"):
        Rotation(**settings)


# One log.


@FORMATS
def test_all_files_are_read_as_one_from_any_entry(tmp_path: Path, suffix: str) -> None:
    with open_log(rotated(tmp_path / f"a.{suffix}", 6)) as log:
        for after in range(8):
            assert actions_of(log, after) == list(range(after + 1, 7))


@FORMATS
def test_each_file_is_a_log_by_itself(tmp_path: Path, suffix: str) -> None:
    rotated(tmp_path / f"a.{suffix}", 4)
    with open_log(tmp_path / f"a.000003.{suffix}") as log:
        assert [(entry.sequence, entry.action) for entry in log.read()] == [(3, 3)]  # type: ignore[union-attr]


@FORMATS
def test_the_numbers_go_on_with_and_without_a_rotation(tmp_path: Path, suffix: str) -> None:
    path = rotated(tmp_path / f"a.{suffix}", 3)
    with open_log(path, "a") as log:
        assert [log.append(4), log.append(5)] == [4, 5]
    with open_log(path, "a", rotate=EACH) as log:
        assert log.append(6) == 6
        assert actions_of(log) == [1, 2, 3, 4, 5, 6]


@FORMATS
def test_a_log_is_read_while_it_goes_on_in_new_files(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"a.{suffix}"
    with open_log(path, "x", rotate=EACH, durability="os") as log, open_log(path) as reader:
        log.append(1)
        slow = reader.read()
        read = []
        for number in range(2, 30):
            log.append(number)
            assert actions_of(reader) == list(range(1, number + 1))
            assert actions_of(reader, after=number - 2) == [number - 1, number]
            if number % 3 == 0:
                read.append(next(slow).action)  # type: ignore[union-attr]
        read.extend(entry.action for entry in slow)  # type: ignore[union-attr]
        assert read[:9] == list(range(1, 10))
        assert read == list(range(1, len(read) + 1))


@FORMATS
def test_only_so_many_full_files_are_kept(tmp_path: Path, suffix: str) -> None:
    path = rotated(tmp_path / f"a.{suffix}", 9, Rotation(max_bytes=1, keep=2))
    assert names(tmp_path) == [f"a.000007.{suffix}", f"a.000008.{suffix}", f"a.{suffix}"]
    with open_log(path) as log:
        assert actions_of(log) == [7, 8, 9]
        assert actions_of(log, after=8) == [9]


@FORMATS
def test_a_reader_is_told_when_what_it_was_to_read_next_has_been_removed(tmp_path: Path, suffix: str) -> None:
    path = rotated(tmp_path / f"a.{suffix}", 4)
    with open_log(path) as reader, open_log(path, "a", rotate=Rotation(max_bytes=1, keep=1)) as log:
        reading = reader.read()
        assert next(reading).sequence == 1
        for number in range(5, 9):
            log.append(number)
            log.flush()
        with pytest.raises(LogUnavailable, match=r"entries 2 to 6 were dropped while it was read; read it again"):
            list(reading)
        assert actions_of(reader) == [7, 8]


@FORMATS
def test_mode_x_refuses_the_name_of_which_only_full_files_are_left(tmp_path: Path, suffix: str) -> None:
    path = rotated(tmp_path / f"a.{suffix}", 2)
    path.unlink()
    with pytest.raises(LogUnavailable, match=rf"a\.000001\.{suffix} exists, a part of it; choose another name"):
        open_log(path, "x")


@FORMATS
def test_mode_w_begins_anew_without_the_full_files(tmp_path: Path, suffix: str) -> None:
    path = rotated(tmp_path / f"a.{suffix}", 3)
    with open_log(path, "w") as log:
        assert log.append("anew") == 1
        assert actions_of(log) == ["anew"]
    assert names(tmp_path) == [f"a.{suffix}"]


@FORMATS
def test_mode_w_touches_nothing_while_another_writes(tmp_path: Path, suffix: str) -> None:
    path = rotated(tmp_path / f"a.{suffix}", 3)
    with open_log(path, "a"):
        with pytest.raises(LogUnavailable, match="another writer has it open"):
            open_log(path, "w")
        with open_log(path) as log:
            assert actions_of(log) == [1, 2, 3]


@FORMATS
def test_nobody_else_writes_while_mode_w_removes_the_full_files(
    tmp_path: Path, suffix: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = rotated(tmp_path / f"a.{suffix}", 3)
    refused, unlink = list[str](), Path.unlink

    def try_to_write(self: Path, **how: Any) -> None:
        if self.name.startswith("a.00000"):
            with pytest.raises(LogUnavailable, match="another writer"):
                open_log(path, "a")
            refused.append(self.name)
        unlink(self, **how)

    monkeypatch.setattr(Path, "unlink", try_to_write)
    open_log(path, "w").close()
    assert refused == [f"a.000001.{suffix}", f"a.000002.{suffix}"]


@FORMATS
@pytest.mark.parametrize("step", ["before it is opened", "before it is held"])
def test_who_opens_a_log_just_when_another_rotates_it_goes_on_behind_the_last_entry(
    tmp_path: Path, suffix: str, step: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = rotated(tmp_path / f"a.{suffix}", 3)
    open_part = OPEN_PART[suffix]

    def rotate() -> None:
        monkeypatch.undo()
        path.rename(tmp_path / f"a.000003.{suffix}")  # and it is killed before it has made the next file

    def opened_after(self: Any, name: Path, mode: Any, **how: Any) -> None:
        if mode != "r":
            rotate()
        begin(self, name, mode, **how)

    def held_after(file: int, name: Path) -> None:
        rotate()
        locking.hold(file, name)

    begin = open_part.__init__
    if step == "before it is opened":
        monkeypatch.setattr(open_part, "__init__", opened_after)
    else:
        monkeypatch.setattr(jsonl, "hold", held_after)
    with open_log(path, "a") as log:
        assert log.append(4) == 4
        assert actions_of(log) == [1, 2, 3, 4]
    assert path.exists()


def test_files_of_other_names_are_not_parts_of_it(tmp_path: Path) -> None:
    path = rotated(tmp_path / "a.jsonl", 2)
    for name in ("a.00001.jsonl", "a.000002.jsonl.gz", "ab.000002.jsonl", "a.000002.db", "a.x00002.jsonl"):
        (tmp_path / name).write_text("Dear diary")
    assert [number for number, _ in full_parts(path)] == [1]
    with open_log(path) as log:
        assert actions_of(log) == [1, 2]


def test_damage_in_a_full_file_is_told_with_its_name(tmp_path: Path) -> None:
    path = rotated(tmp_path / "a.jsonl", 4)
    with (tmp_path / "a.000002.jsonl").open("ab") as file:
        file.write(b"damage\n")
    with open_log(path) as log, pytest.raises(LogCorrupted, match="line 3"):
        actions_of(log)


def test_a_database_that_others_have_open_is_rotated_all_the_same(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    with open_log(path, "x", rotate=EACH, durability="os") as log:
        log.append(1)
        with closing(sqlite3.connect(path)) as other:
            assert other.execute("SELECT count(*) FROM entries").fetchone() == (1,)
            log.append(2)
            assert names(tmp_path) == ["a.000001.db", "a.db"]
            assert other.execute("SELECT entry->>'value' FROM entries").fetchall() == [(2,)]
        assert actions_of(log) == [1, 2]


@FORMATS
def test_a_file_that_is_missing_between_two_others_is_warned_of(tmp_path: Path, suffix: str) -> None:
    path = rotated(tmp_path / f"a.{suffix}", 5)
    with open_log(path) as log:
        assert actions_of(log) == [1, 2, 3, 4, 5]
        for number in (2, 3):
            (tmp_path / f"a.00000{number}.{suffix}").unlink()
        with pytest.warns(LogWarning, match="entries 2 to 3 are missing: a file of this log was taken away") as warned:
            assert actions_of(log) == [1, 4, 5]
    assert [warning.filename for warning in warned] == [bank.__file__]
    (tmp_path / f"a.000001.{suffix}").unlink()  # as keep= does
    with open_log(path) as log:
        assert actions_of(log) == [4, 5]


@FORMATS
def test_the_first_number_is_known_without_reading(tmp_path: Path, suffix: str) -> None:
    with open_log(rotated(tmp_path / f"a.{suffix}", 5, Rotation(max_bytes=1, keep=1)), "a") as log:
        assert first_of(log) == 4
    with open_log(tmp_path / f"new.{suffix}", "x") as log:
        assert first_of(log) == 1


def first_of(log: Log) -> int:
    return log._storage.first
