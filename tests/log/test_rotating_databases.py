"""Databases that go on in a new file while others have them open: nobody is disturbed, and nothing is lost."""

from __future__ import annotations

import os
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from socketstore import Log, LogUnavailable, Rotation, open_log
from socketstore.log import databases, sqlite
from socketstore.log.jsonl import JsonLinesStorage
from socketstore.log.parts import full_parts, is_missing
from socketstore.log.sqlite import SqliteStorage
from tests.log.bank import actions_of, line
from tests.log.test_sqlite import readers_of

EACH = Rotation(max_bytes=1)
COUNT = "SELECT count(*) FROM entries"


def numbers(log: Log) -> list[int]:
    return [entry.sequence for entry in log.read()]


@contextmanager
def opened_early(path: Path) -> Iterator[sqlite3.Connection]:
    """Open a database without looking into it, as who reads has done when the writer comes between."""
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        yield other


class Watched(sqlite3.Connection):
    """Between whose statements others read."""

    look: Callable[[], object]

    def execute(self, *arguments: Any) -> sqlite3.Cursor:
        Watched.look()
        return super().execute(*arguments)


@pytest.mark.parametrize("durability", ["os", "batch", "entry"])
def test_who_opened_the_file_early_may_begin_to_read_at_any_step_of_the_writer(
    tmp_path: Path, durability: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.db"
    others: list[sqlite3.Connection] = []
    seen: set[int] = set()
    steps = 0

    def look() -> None:
        nonlocal steps
        steps -= 1
        for other in others if steps < 0 else ():
            with suppress(sqlite3.OperationalError):  # it is locked
                seen.update(other.execute(COUNT).fetchone())

    monkeypatch.setattr(Watched, "look", look, raising=False)
    monkeypatch.setattr(sqlite3, "connect", partial(sqlite3.connect, factory=Watched))
    with open_log(path, "x", rotate=EACH, durability=durability) as log:
        log.append(0)
        log.flush()
        for number in range(1, 20):
            with closing(sqlite3.Connection(path, isolation_level=None, timeout=0, check_same_thread=False)) as other:
                others[:], steps = [other], number
                log.append(number)
                log.flush()
                others.clear()
        assert numbers(log) == list(range(1, 21))
    with open_log(path) as log:
        assert numbers(log) == list(range(1, 21))
    assert seen == {0, 1}


def test_who_opened_the_file_before_it_was_begun_anew_takes_nothing_away(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    with open_log(path, "x") as log:
        log.append("old")
    with opened_early(path) as other, open_log(path, "w", durability="entry") as log:
        log.append("new")
        assert other.execute(COUNT).fetchone() == (1,)
        other.close()
        log.append("newer")
        assert actions_of(log) == ["new", "newer"]
    with open_log(path) as log:
        assert actions_of(log) == ["new", "newer"]


@pytest.mark.parametrize("mode", ["a", "w"])
def test_who_holds_a_place_goes_on_reading_what_was_there(tmp_path: Path, mode: Any) -> None:
    path = tmp_path / "a.db"
    with open_log(path, "x") as log:
        log.append("old")
    with opened_early(path) as other, open_log(path, mode, rotate=EACH, durability="os") as log:
        other.execute("BEGIN")
        before = other.execute(COUNT).fetchone()
        for number in range(3):
            log.append(number)
        assert other.execute(COUNT).fetchone() == before
        other.execute("COMMIT")
        assert other.execute(COUNT).fetchone() == (1,)
        assert actions_of(log) == (["old", 0, 1, 2] if mode == "a" else [0, 1, 2])


def test_many_readers_in_other_processes_read_on_while_files_become_full(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    with open_log(path, mode="x", rotate=EACH, durability="os") as log, readers_of(path, 2) as readers:
        for _ in range(15):
            before = log.last
            for reader in readers:
                reader.send("count")  # they read while the next files are begun
            for _ in range(3):
                log.append(log.last + 1)
            for reader in readers:
                assert before <= reader.recv() <= log.last
        assert numbers(log) == list(range(1, 46))
    assert len(full_parts(path)) == 44


def test_a_full_file_may_be_read_by_whom_the_log_may(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    with open_log(path, "x", rotate=EACH, durability="os") as log:
        path.chmod(0o600)
        log.append(1)
        log.append(2)
    assert [full.stat().st_mode & 0o777 for _, full in full_parts(path)] == [0o600]


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may give files away")
def test_a_full_file_belongs_to_whom_the_log_does(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    with open_log(path, "x", rotate=EACH, durability="os") as log:
        os.chown(path, 65_534, 65_533)
        path.chmod(0o640)
        log.append(1)
        log.append(2)
    (found,) = (full.stat() for _, full in full_parts(path))
    assert (found.st_uid, found.st_gid, found.st_mode & 0o777) == (65_534, 65_533, 0o640)


def test_a_file_that_has_given_its_entries_away_is_small_again(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    with open_log(path, "x", rotate=Rotation(max_bytes=1_000_000), durability="os") as log:
        while not full_parts(path):
            log.append("x" * 50_000)
    assert path.stat().st_size < 200_000


def test_a_link_to_a_log_goes_on_to_be_one(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    link = tmp_path / "a.db"
    link.symlink_to(tmp_path / "elsewhere" / "b.db")
    with open_log(link, "a", rotate=EACH, durability="os") as log:
        log.append(1)
        log.append(2)
        assert actions_of(log) == [1, 2]
    assert link.is_symlink()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.000001.db", "a.db", "elsewhere"]


@pytest.mark.parametrize("look", range(3))
def test_a_full_file_that_is_removed_while_it_is_looked_at_is_passed_over(
    tmp_path: Path, look: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.db"
    with open_log(path, "x", rotate=EACH, durability="os") as log:
        for number in range(4):
            log.append(number)
    (_, oldest), *_ = full_parts(path)
    looked, stat = 0, Path.stat

    def removed(self: Path, **how: Any) -> Any:
        nonlocal looked
        looked += self == oldest
        if looked == look + 1:
            oldest.unlink(missing_ok=True)
        return stat(self, **how)

    with open_log(path) as log:
        monkeypatch.setattr(Path, "stat", removed)
        assert actions_of(log) == [1, 2, 3]
    assert looked > look


def test_a_full_file_that_is_removed_just_before_it_is_opened_is_known_to_be_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, connect = tmp_path / "a.000001.db", sqlite3.connect
    open_log(path, "x").close()

    def removed(*arguments: Any, **how: Any) -> Any:
        path.unlink()
        return connect(*arguments, **how)

    monkeypatch.setattr(sqlite3, "connect", removed)
    with pytest.raises(LogUnavailable, match="No such file") as caught:
        SqliteStorage(path, "r", created=0.0)
    path.touch()  # the next file that is full has got its name, as no other is left
    assert is_missing(caught.value, path)


@pytest.mark.parametrize("ending", ["-journal", "-wal"])
def test_what_is_left_beside_a_full_file_that_was_removed_is_not_taken_for_that_of_the_next(
    tmp_path: Path, ending: str
) -> None:
    path, removed = tmp_path / "a.db", tmp_path / "removed.db"
    with opened_early(removed) as other:
        other.executescript("PRAGMA cache_size = 1; CREATE TABLE t (x)")
        other.executemany("INSERT INTO t VALUES (?)", [("x" * 1_000,)] * 50)
        other.execute(f"PRAGMA journal_mode = {'WAL' if ending == '-wal' else 'DELETE'}")
        other.execute("BEGIN")
        other.execute("UPDATE t SET x = 'y' || x")
        other.execute("COMMIT" if ending == "-wal" else "SELECT 1")
        shutil.copy(f"{removed}{ending}", tmp_path / f"a.000001.db{ending}")  # as a program leaves it that is killed
        other.execute("ROLLBACK" if other.in_transaction else "SELECT 1")
    with open_log(path, "x", rotate=EACH, durability="os") as log:
        log.append(1)
        log.append(2)
        assert actions_of(log) == [1, 2]


# A rotation that is stopped when the entries stand in both files.


def stopped(*_: Any, **__: Any) -> None:
    raise sqlite3.OperationalError("disk I/O error")


def killed(*_: Any, **__: Any) -> None:
    raise KeyboardInterrupt


@pytest.fixture
def twice(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A log of three entries of which the second stands in a full file as well."""
    path = tmp_path / "a.db"
    with open_log(path, "x", rotate=EACH, durability="os") as log:
        log.append(1)
        log.append(2)
        with monkeypatch.context() as patch:
            patch.setattr(sqlite, "begin_anew", killed)
            with pytest.raises(KeyboardInterrupt):
                log.append("stopped")
    assert [full.name for _, full in full_parts(path)] == ["a.000001.db", "a.000002.db"]
    return path


def test_each_entry_is_read_once(twice: Path) -> None:
    with open_log(twice) as log:
        assert actions_of(log) == [1, 2]
        assert actions_of(log, after=1) == [2]
    with open_log(twice, "a", durability="os") as log:
        log.append(3)  # in the file that is not full
        assert actions_of(log) == [1, 2, 3]


def test_the_full_file_is_made_anew_by_the_next_rotation(twice: Path) -> None:
    with open_log(twice, "a", durability="os") as log:
        log.append(3)
    with open_log(twice) as reader, open_log(twice, "a", rotate=EACH, durability="os") as log:
        assert actions_of(reader) == [1, 2, 3]
        log.append(4)
        assert [full.name for _, full in full_parts(twice)] == ["a.000001.db", "a.000002.db"]
        log.append(5)
        assert [full.name for _, full in full_parts(twice)][2:] == ["a.000003.db"]
        assert actions_of(log) == actions_of(reader) == [1, 2, 3, 4, 5]


def test_who_reads_the_copy_while_the_next_rotation_comes_misses_nothing(twice: Path) -> None:
    shutil.copy(twice, twice.with_name("kept"))
    twice.unlink()  # so that the copy is read
    with open_log(twice) as log:
        reading = log.read()
        assert next(reading).sequence == 1
        shutil.move(twice.with_name("kept"), twice)
        with open_log(twice, "a", rotate=EACH, durability="os") as writing:
            writing.append(3)
            writing.append(4)
        assert [entry.sequence for entry in reading][:1] == [2]


@pytest.mark.parametrize("step", ["copy_into", "begin_anew"])
def test_a_rotation_that_the_database_refuses_is_tried_again_and_nothing_stands_there_twice(
    tmp_path: Path, step: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.db"
    with open_log(path, "x", rotate=EACH, durability="os") as log:
        log.append(1)
        for _ in range(3):
            with monkeypatch.context() as patch:
                patch.setattr(sqlite, step, stopped)
                with pytest.raises(LogUnavailable, match=r"could not rotate the log .*check the path and the disk"):
                    log.append("lost")
            assert actions_of(log) == [1]
        assert log.append(2) == 2
        assert actions_of(log) == [1, 2]
    assert [full.name for _, full in full_parts(path)] == ["a.000001.db"]
    assert sorted(other.name for other in tmp_path.iterdir()) == ["a.000001.db", "a.db"]


def test_a_rotation_that_stands_in_the_way_of_another_program_is_told_and_tried_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(databases, "PATIENCE", 0.01)
    path = tmp_path / "a.db"
    with open_log(path, "x", rotate=EACH, durability="os") as log:
        log.append(1)
        with opened_early(path) as other:
            other.execute("BEGIN IMMEDIATE")
            with pytest.raises(
                LogUnavailable, match=r"could not rotate the log .* is locked; another program holds it"
            ):
                log.append("lost")
            other.execute("COMMIT")
        log.append(2)
        assert actions_of(log) == [1, 2]
    assert sorted(other.name for other in tmp_path.iterdir()) == ["a.000001.db", "a.db"]


# What an interrupt has left.


@pytest.mark.parametrize("made", [JsonLinesStorage, SqliteStorage])
def test_what_was_written_and_not_counted_is_in_neither_file(tmp_path: Path, made: Callable[..., Any]) -> None:
    full = tmp_path / "a.000001.log"
    storage = made(tmp_path / "a.log", "x", created=1.0)
    storage.write(line(1, "first"), 1, 1)
    before = storage.size
    block = getattr(storage, "_block", None)
    storage.write(line(2, "not counted"), 2, 2)
    storage._block, storage._end, storage.last, storage._torn = block, before, 1, True  # as an interrupt leaves it
    with closing(storage), closing(storage.rotate(full, created=2.0, first=2)) as fresh:
        fresh.write(line(2, "second"), 2, 2)
        assert texts(fresh) == [line(2, "second")]
    with closing(made(full, "r", created=0.0)) as storage:
        assert texts(storage) == [line(1, "first")]


def test_what_was_written_and_not_counted_stays_behind_when_the_file_is_closed(tmp_path: Path) -> None:
    storage = SqliteStorage(tmp_path / "a.db", "x", created=1.0)
    storage.write(line(1, "first"), 1, 1)
    block = storage._block
    storage.write(line(2, "not counted"), 2, 2)
    storage._block, storage.last, storage._torn = block, 1, True  # as an interrupt leaves it
    storage.close()
    with closing(SqliteStorage(tmp_path / "a.db", "a", created=0.0)) as storage:
        assert storage.last == 1
        assert texts(storage) == [line(1, "first")]


def texts(storage: Any) -> list[bytes]:
    return [text.rstrip(b"\n") + b"\n" for _, text in storage.lines()]


def test_a_name_need_not_be_text(tmp_path: Path) -> None:
    path = Path(os.fsdecode(os.fsencode(tmp_path) + b"/\xff %41?#.db"))
    with open_log(path, "x", rotate=EACH, durability="os") as log:
        log.append(1)
        log.append(2)
        assert actions_of(log) == [1, 2]
    with open_log(path) as log:
        assert actions_of(log) == [1, 2]
        with pytest.raises(LogUnavailable, match="not open for writing"):
            log.append(3)
