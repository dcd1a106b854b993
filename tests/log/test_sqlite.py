"""Logs in SQLite: whose file it is, what others can read meanwhile, and what is left when it is closed."""

from __future__ import annotations

import multiprocessing
import os
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from multiprocessing.connection import Connection as Pipe
from pathlib import Path
from typing import Any

import pytest

from socketstore import LogCorrupted, LogUnavailable, LogVersionError, open_log
from socketstore.log import databases
from socketstore.log.blocks import BLOCK
from socketstore.log.databases import wal_of
from socketstore.log.sqlite import CHUNK, SqliteStorage
from socketstore.log.storage import EntriesGone, Mode
from tests.log.bank import AmountDeposited, actions_of, line, written
from tests.log.readers import count_entries_when_asked

ONE, TWO, THREE = AmountDeposited(amount=1), AmountDeposited(amount=2), AmountDeposited(amount=3)

processes = multiprocessing.get_context("forkserver")
processes.set_forkserver_preload(["tests.log.readers"])


def rows_of(path: Path, query: str) -> list[Any]:
    with closing(sqlite3.connect(path)) as database:
        return database.execute(query).fetchall()


def storage_with(path: Path, count: int, text: str = "") -> SqliteStorage:
    storage = SqliteStorage(path, "x", created=1.0)
    for number in range(1, count + 1):
        storage.write(line(number, text), number, number)
    return storage


# Opening.


def test_a_log_that_was_written_is_read_again(tmp_path: Path) -> None:
    with open_log(written(tmp_path / "a.db", ONE, TWO)) as log:
        assert actions_of(log) == [ONE, TWO]


def test_mode_a_makes_the_file_and_goes_on_with_the_sequence(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    for number in (1, 2, 3):
        with open_log(path, mode="a") as log:
            assert log.append(AmountDeposited(amount=number)) == number
    with open_log(path) as log:
        assert actions_of(log, after=1) == [TWO, THREE]


def test_mode_x_refuses_a_file_that_is_there(tmp_path: Path) -> None:
    path = written(tmp_path / "a.db", ONE)
    with pytest.raises(LogUnavailable, match=r"could not open the log .*a\.db: File exists; choose another name"):
        open_log(path, mode="x")
    with open_log(path) as log:
        assert actions_of(log) == [ONE]


def test_mode_w_begins_anew_also_where_a_program_was_killed(tmp_path: Path) -> None:
    path = written(tmp_path / "a.db", ONE)
    wal_of(path).write_bytes(b"what its program had not put into the file")
    with open_log(path, mode="w") as log:
        assert log.append(TWO) == 1
        assert actions_of(log) == [TWO]


def test_a_log_of_a_killed_creation_is_empty_and_becomes_a_log(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    path.touch()
    with open_log(path) as log:
        assert actions_of(log) == []
    with open_log(path, mode="a") as log:
        assert log.append(ONE) == 1


def test_a_name_may_hold_what_has_a_meaning_in_a_uri(tmp_path: Path) -> None:
    with open_log(written(tmp_path / "a b?#%41&mode=memory.db", ONE)) as log:
        assert actions_of(log) == [ONE]
    assert [path.name for path in tmp_path.iterdir()] == ["a b?#%41&mode=memory.db"]


@pytest.mark.parametrize("mode", ["r", "a"])
@pytest.mark.parametrize(
    "content", [b"Dear diary,\n", b"x", b"SQLite format 3\0" + bytes(84), b"Dear diary,\n" * 1_000, bytes(8192)]
)
def test_a_file_that_is_no_database_is_refused_and_never_touched(tmp_path: Path, mode: Any, content: bytes) -> None:
    path = tmp_path / "diary.db"
    path.write_bytes(content)
    with pytest.raises(LogCorrupted, match=r"diary\.db is no socketstore log: ") as caught:
        open_log(path, mode)
    assert caught.value.line == 1
    assert path.read_bytes() == content
    assert [path.name for path in tmp_path.iterdir()] == ["diary.db"]


@pytest.mark.parametrize("mode", ["r", "a"])
@pytest.mark.parametrize("journal", ["WAL", "DELETE"])
@pytest.mark.parametrize(
    "content", ["CREATE TABLE blocks (first)", "PRAGMA user_version = 1", "PRAGMA application_id = 7"]
)
def test_a_database_of_another_program_is_refused_and_never_touched(
    tmp_path: Path, mode: Any, journal: str, content: str
) -> None:
    path = tmp_path / "other.db"
    with closing(sqlite3.connect(path)) as database:
        database.execute(f"PRAGMA journal_mode = {journal}")
        database.execute(content)
    before = path.read_bytes()
    with pytest.raises(LogCorrupted, match=r"other\.db is no socketstore log: it is a database of another program"):
        open_log(path, mode)
    assert path.read_bytes() == before


@pytest.mark.parametrize("mode", ["r", "a"])
def test_a_newer_version_is_refused_and_never_touched(tmp_path: Path, mode: Any) -> None:
    path = written(tmp_path / "a.db", ONE)
    rows_of(path, "PRAGMA user_version = 3")
    before = path.read_bytes()
    with pytest.raises(LogVersionError, match=r"has version 3; this socketstore reads up to 2\. Upgrade socketstore\."):
        open_log(path, mode)
    assert path.read_bytes() == before


def test_what_cannot_be_opened_is_told_in_the_words_of_the_system(tmp_path: Path) -> None:
    with pytest.raises(LogUnavailable, match=r"could not read the log .*No such file or directory; check the path"):
        open_log(tmp_path / "absent.db")
    (tmp_path / "folder.db").mkdir()
    with pytest.raises(LogUnavailable, match="it is a folder; name a file in it"):
        open_log(tmp_path / "folder.db", "a")


# Blocks.


def test_entries_that_come_one_by_one_share_a_row(tmp_path: Path) -> None:
    storage_with(tmp_path / "a.db", 100).close()
    (rows,) = rows_of(tmp_path / "a.db", "SELECT count(*), sum(last - first + 1), max(length(lines)) FROM blocks")
    assert rows[0] < 5
    assert rows[1] == 100
    assert BLOCK / 2 < rows[2] <= BLOCK


def test_entries_that_come_together_stand_in_one_row_however_many(tmp_path: Path) -> None:
    with closing(SqliteStorage(tmp_path / "a.db", "x", created=1.0)) as storage:
        storage.write(b"".join(line(number, "") for number in range(1, 1001)), 1, 1000)
        storage.write(line(1001, "behind"), 1001, 1001)
        assert [place for place, _ in storage.lines(998)] == [999, 1000, 1001]
    assert rows_of(tmp_path / "a.db", "SELECT first, last FROM blocks") == [(1, 1000), (1001, 1001)]


def test_many_megabytes_come_back_in_their_order(tmp_path: Path) -> None:
    with closing(storage_with(tmp_path / "a.db", 300, "x" * (CHUNK // 50))) as storage:
        assert [place for place, _ in storage.lines()] == list(range(1, 301))
        assert [place for place, _ in storage.lines(297)] == [298, 299, 300]
        assert list(storage.lines(300)) == []


def test_a_gap_in_the_numbers_loses_nothing(tmp_path: Path) -> None:
    with open_log(tmp_path / "a.db", mode="x") as log:
        storage = log._storage
        for number in (1, 2, 5, 6, 9):
            storage.write(line(number, number), number, number)
        storage.write(line(11, 11) + line(13, 13), 11, 13)
    with open_log(tmp_path / "a.db") as log:
        for after in range(14):
            assert actions_of(log, after) == [number for number in (1, 2, 5, 6, 9, 11, 13) if number > after]


def test_people_with_sqlite3_in_hand_find_a_view(tmp_path: Path) -> None:
    path = written(tmp_path / "a.db", ONE, "a text with \n an end of line, a comma and 'quotes'", None)
    assert rows_of(path, "SELECT sequence, kind, entry ->> 'action' FROM entries WHERE sequence = 1") == [
        (1, "action", '{"type":"amountDeposited","amount":1}')
    ]
    assert rows_of(path, "SELECT sequence, entry ->> 'value' FROM entries WHERE kind = 'value'") == [
        (2, "a text with \n an end of line, a comma and 'quotes'"),
        (3, None),
    ]
    assert rows_of(path, "SELECT count(*) FROM entries WHERE at > 1e9") == [(3,)]
    assert dict(rows_of(path, "SELECT key, value FROM meta"))["format"] == "socketstore-log"
    assert rows_of(path, "PRAGMA application_id") == [(databases.APPLICATION,)]


# Others meanwhile.


def test_many_readers_in_other_processes_read_on_while_one_writes(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    with open_log(path, mode="x", durability="os") as log, readers_of(path, 3) as readers:
        for _ in range(20):
            for _ in range(50):
                log.append({"number": log.last + 1, "text": "x" * 1_000})
            for reader in readers:
                reader.send("count")  # they read while the next ones are written
            log.append({"number": log.last + 1, "text": "x" * 1_000})
            for reader in readers:
                assert reader.recv() in (log.last - 1, log.last)


@contextmanager
def readers_of(path: Path, count: int) -> Iterator[list[Pipe]]:
    pipes = [processes.Pipe() for _ in range(count)]
    started = [processes.Process(target=count_entries_when_asked, args=(path, theirs)) for _, theirs in pipes]
    for process in started:
        process.start()
    try:
        yield [ours for ours, _ in pipes]
    finally:
        for ours, _ in pipes:
            ours.send("end")
        for process in started:
            process.join()
        assert [process.exitcode for process in started] == [0] * count


@pytest.mark.parametrize("durability", ["os", "batch", "entry"])
def test_a_reader_that_holds_its_place_blocks_no_writer(tmp_path: Path, durability: Any) -> None:
    path = tmp_path / "a.db"
    with open_log(path, mode="x", durability=durability) as log:
        log.append(ONE)
        log.flush()
        with closing(sqlite3.connect(path)) as other:
            other.execute("BEGIN")
            assert other.execute("SELECT count(*) FROM entries").fetchone() == (1,)
            for _ in range(200):
                log.append("x" * 10_000)
            log.flush()
            assert other.execute("SELECT count(*) FROM entries").fetchone() == (1,)
        assert len(actions_of(log)) == 201


def test_our_own_readers_hold_no_place_while_they_work_on_what_they_read(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    with closing(storage_with(path, 100, "x" * CHUNK)), open_log(path) as log:
        reading = log.lines()
        next(reading)
        with closing(sqlite3.connect(path)) as other:
            assert other.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0] == 0  # 1 where somebody is in its way
        assert sum(1 for _ in reading) == 99


def test_the_file_beside_stays_small_while_much_is_written(tmp_path: Path) -> None:
    with closing(storage_with(tmp_path / "a.db", 200, "x" * 200_000)):
        assert wal_of(tmp_path / "a.db").stat().st_size < 6_000_000


def test_what_is_left_is_one_plain_file(tmp_path: Path) -> None:
    with open_log(tmp_path / "a.db", mode="x") as log, open_log(tmp_path / "a.db") as reader:
        log.append(ONE)
        log.flush()
        assert actions_of(reader) == [ONE]
    assert [path.name for path in tmp_path.iterdir()] == ["a.db"]


def test_a_log_that_its_program_left_open_is_read_with_all_that_was_written(tmp_path: Path) -> None:
    (tmp_path / "copy").mkdir()
    with open_log(tmp_path / "a.db", mode="x", durability="os") as log:
        log.append(ONE)
        for path in tmp_path.glob("a.db*"):  # as a kill would leave them
            (tmp_path / "copy" / path.name).write_bytes(path.read_bytes())
    with open_log(tmp_path / "copy" / "a.db") as log:
        assert actions_of(log) == [ONE]


# Permissions.


@contextmanager
def somebody_who_may_only_read(folder: Path) -> Iterator[None]:
    user = os.geteuid()
    if user != 0:  # pragma: no cover - root may write everywhere, others not
        folder.chmod(0o555)
    try:
        if user == 0:
            folder.chmod(0o755)
            os.seteuid(65_534)
        yield
    finally:
        os.seteuid(user)
        folder.chmod(0o755)


def test_a_closed_log_is_read_without_a_right_to_write(tmp_path: Path) -> None:
    open_to_all(tmp_path)
    path = written(tmp_path / "a.db", ONE, TWO)
    with somebody_who_may_only_read(tmp_path), open_log(path) as log:
        assert actions_of(log) == [ONE, TWO]
    assert [path.name for path in tmp_path.iterdir()] == ["a.db"]


def test_a_log_that_is_being_written_is_read_without_a_right_to_write(tmp_path: Path) -> None:
    open_to_all(tmp_path)
    with open_log(tmp_path / "a.db", mode="x", durability="os") as log:
        for number in range(3):
            log.append(number)
            with somebody_who_may_only_read(tmp_path), open_log(tmp_path / "a.db") as reader:
                assert len(actions_of(reader)) == number + 1


def test_writing_without_permission_is_told(tmp_path: Path) -> None:
    open_to_all(tmp_path)
    path = written(tmp_path / "a.db", ONE)
    with somebody_who_may_only_read(tmp_path), pytest.raises(LogUnavailable, match="this user may not"):
        open_log(path, mode="a")


def open_to_all(folder: Path) -> None:
    inside = len(folder.relative_to(tempfile.gettempdir()).parts)
    for each in (folder, *folder.parents[: inside - 1]):
        each.chmod(0o755)


# Damage.


def test_damage_is_told_with_the_entry_before_which_it_is(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    storage_with(path, 60, "x" * 100_000).close()
    content = bytearray(path.read_bytes())
    half = len(content) // 2
    content[half : half + 40_000] = bytes(40_000)
    path.write_bytes(content)
    read = []
    with open_log(path) as log, pytest.raises(LogCorrupted) as caught:
        read.extend(entry.sequence for entry in log.read())
    assert "a.db" in str(caught.value)
    assert 1 <= caught.value.line <= 60


def test_a_block_without_its_end_is_damage(tmp_path: Path) -> None:
    path = written(tmp_path / "a.db", ONE)
    with closing(sqlite3.connect(path)) as database, database:
        database.execute("UPDATE blocks SET lines = CAST('{}' AS BLOB)")
    with open_log(path) as log, pytest.raises(LogCorrupted, match=r"a\.db, entry 1: ") as caught:
        actions_of(log)
    assert caught.value.line == 1


def test_a_full_disk_is_told_and_the_log_goes_on_when_there_is_room(tmp_path: Path) -> None:
    with open_log(tmp_path / "a.db", mode="x", durability="os") as log:
        log.append(ONE)
        database = log._storage._writing._database
        (pages,) = database.execute("PRAGMA page_count").fetchone()
        database.execute(f"PRAGMA max_page_count = {pages}")
        with pytest.raises(LogUnavailable, match=r"could not write the log .*the disk is full; make room"):
            log.append("x" * 100_000)
        database.execute("PRAGMA max_page_count = 1000000")
        assert log.append(TWO) == 2
        assert actions_of(log) == [ONE, TWO]


def test_a_write_that_stands_in_the_way_of_another_program_is_told(tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.setattr(databases, "PATIENCE", 0.0)
    path = tmp_path / "a.db"
    with open_log(path, mode="x", durability="os") as log, closing(sqlite3.connect(path)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(LogUnavailable, match="another program holds it; end that, or try again"):
            log.append(ONE)
        other.rollback()
        assert log.append(ONE) == 1


def test_a_reader_of_one_file_is_told_when_another_has_taken_its_place(tmp_path: Path) -> None:
    reader = SqliteStorage(written(tmp_path / "a.db", ONE, TWO), "r", created=0.0)
    with closing(SqliteStorage(tmp_path / "a.db", "r", created=0.0)) as storage:
        storage.begin_with(2)
    with pytest.raises(EntriesGone):
        list(reader.lines())


@pytest.mark.parametrize("mode", ["r", "a"])
def test_a_full_file_whose_program_was_killed_while_it_dropped_entries_is_as_it_was(tmp_path: Path, mode: Any) -> None:
    path = tmp_path / "a.db"
    storage_with(tmp_path / "b.db", 300, "x" * 3_000).rotate(path, created=2.0, first=301).close()
    copy = tmp_path / "copy"
    copy.mkdir()
    with closing(sqlite3.connect(path)) as database:
        database.execute("PRAGMA cache_size = 1")
        database.execute("DELETE FROM blocks WHERE first < 290")
        database.execute("UPDATE blocks SET lines = zeroblob(4000)")
        for file in tmp_path.glob("a.db*"):  # the half of it is in the file
            (copy / file.name).write_bytes(file.read_bytes())
    assert (copy / "a.db").read_bytes() != path.read_bytes()
    with open_log(copy / "a.db", mode) as log:
        assert len(actions_of(log)) == 300


@pytest.mark.parametrize("mode", ["a", "w"])
def test_a_link_to_a_database_is_that_database(tmp_path: Path, mode: Mode) -> None:
    (tmp_path / "elsewhere").mkdir()
    real, link = written(tmp_path / "elsewhere" / "b.db", ONE), tmp_path / "a.db"
    link.symlink_to(real)
    with open_log(link, mode) as log:
        log.append(TWO)
        log.flush()
        assert actions_of(open_log(link))[-1:] == [TWO]
        with pytest.raises(LogUnavailable, match="another writer"):
            open_log(real, "a")
    assert actions_of(open_log(real)) == ([ONE, TWO] if mode == "a" else [TWO])
    assert [path.name for path in tmp_path.iterdir() if path.is_file()] == ["a.db"]


def test_who_takes_the_changes_away_is_noticed_and_loses_nothing_of_what_was_written(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    log = open_log(path, "x", durability="entry")
    log.append(ONE)
    wal_of(path).unlink()
    with pytest.raises(LogUnavailable, match=r"a\.db-wal was removed while .* Close this log"):
        log.append(TWO)
    with pytest.raises(LogUnavailable):
        log.append(THREE)
    log.close()
    assert actions_of(open_log(path)) == [ONE, TWO]


def test_what_is_begun_anew_in_the_place_of_something_damaged_may_be_read_by_the_same(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    path.write_bytes(b"Dear diary" * 100)
    path.chmod(0o640)
    with open_log(path, "w") as log:
        log.append(1)
    assert path.stat().st_mode & 0o777 == 0o640


def test_who_looks_at_a_database_just_when_it_is_opened_and_changed_looks_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, connect, looked = tmp_path / "a.db", sqlite3.connect, list[str]()
    with open_log(path, "x") as log:
        log.append(ONE)

    def changed_meanwhile(name: str, **how: Any) -> sqlite3.Connection:
        looked.append(name)
        if len(looked) == 1:  # its pages are not those of one moment
            path.write_bytes(path.read_bytes())
            raise sqlite3.DatabaseError("database disk image is malformed")
        return connect(name, **how)

    monkeypatch.setattr(sqlite3, "connect", changed_meanwhile)
    with open_log(path) as log:
        assert actions_of(log) == [ONE]
    assert "immutable" in looked[0]
