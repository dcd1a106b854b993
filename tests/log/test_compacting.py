"""What a log may forget, that it does so wholly or not at all, and what its readers see of that."""

from __future__ import annotations

import asyncio
import itertools
import shutil
import threading
from pathlib import Path
from typing import Any

import pytest

from socketstore import Compacted, Log, LogUnavailable, Rotation, UsageError, open_log
from socketstore.log.entries import SnapshotEntry
from socketstore.log.groups import InGroups
from socketstore.log.parted import PartedStorage
from socketstore.log.parts import full_parts
from tests.log.bank import actions_of
from tests.log.crashes import crashes
from tests.log.refusals import no_file_larger_than

FORMATS = pytest.mark.parametrize("suffix", ["jsonl", "db"])
ROTATIONS = pytest.mark.parametrize("rotation", [None, Rotation(max_bytes=1)], ids=["one file", "many files"])
SNAPSHOT = SnapshotEntry(state={"balance": 7}, digest="7")


def log_with(path: Path, *what: Any, rotation: Rotation | None = None) -> Path:
    with open_log(path, "x", rotate=rotation) as log:
        for each in what:
            if isinstance(each, SnapshotEntry):
                log.write(each)
            else:
                log.append(each)
            log.flush()
    return path


def numbers(log: Log, after: int = 0) -> list[int]:
    return [entry.sequence for entry in log.read(after)]


@FORMATS
@ROTATIONS
def test_what_stands_before_the_last_snapshot_is_dropped_and_the_numbers_stay(
    tmp_path: Path, suffix: str, rotation: Rotation | None
) -> None:
    path = log_with(tmp_path / f"a.{suffix}", *"ab", SNAPSHOT, *"cd", SNAPSHOT, *"ef", rotation=rotation)
    with open_log(path, "a", rotate=rotation) as log:
        compacted = log.compact()
        assert (compacted.first, compacted.dropped) == (6, 5)
        assert actions_of(log)[1:] == ["e", "f"]
        assert log.append("g") == 9
        assert numbers(log) == [6, 7, 8, 9]
        assert numbers(log, after=2) == [6, 7, 8, 9]
        assert numbers(log, after=8) == [9]
    with open_log(path) as log:
        (snapshot, *_) = log.read()
        assert isinstance(snapshot, SnapshotEntry)
        assert snapshot.state == {"balance": 7}
        assert numbers(log) == [6, 7, 8, 9]


@FORMATS
@ROTATIONS
def test_it_says_how_much_it_freed(tmp_path: Path, suffix: str, rotation: Rotation | None) -> None:
    path = log_with(tmp_path / f"a.{suffix}", *["x" * 10_000] * 30, SNAPSHOT, "y", rotation=rotation)
    with open_log(path, "a") as log:
        before = sum(each.stat().st_size for each in tmp_path.glob(f"*.{suffix}"))
        freed = log.compact().freed
        assert freed > 250_000
        assert sum(each.stat().st_size for each in tmp_path.glob(f"*.{suffix}")) == before - freed
        assert log.compact() == Compacted(first=31, dropped=0, freed=0)


@FORMATS
def test_the_earlier_files_of_a_rotated_log_go(tmp_path: Path, suffix: str) -> None:
    log_with(tmp_path / f"a.{suffix}", *"abc", SNAPSHOT, *"de", rotation=Rotation(max_bytes=1))
    with open_log(tmp_path / f"a.{suffix}", "a") as log:
        log.compact()
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        f"a.000004.{suffix}",
        f"a.000005.{suffix}",
        f"a.{suffix}",
    ]


@FORMATS
@pytest.mark.parametrize(
    "what", [[], ["a", "snapshot"], [{"kind": "snapshot", "state": 1}], [SnapshotEntry(digest="only a digest")]]
)
def test_without_a_snapshot_that_holds_a_state_nothing_can_be_dropped(
    tmp_path: Path, suffix: str, what: list[Any]
) -> None:
    path = log_with(tmp_path / f"a.{suffix}", *what)
    with open_log(path, "a") as log:
        with pytest.raises(UsageError, match=r"has no snapshot that holds a state, .*snapshot_every="):
            log.compact()
        assert len(actions_of(log)) == len(what)
        log.append("on")


@FORMATS
def test_a_snapshot_of_nothing_is_one(tmp_path: Path, suffix: str) -> None:
    with open_log(log_with(tmp_path / f"a.{suffix}", "a", SnapshotEntry(state=None)), "a") as log:
        assert log.compact().first == 2


@FORMATS
def test_only_a_log_that_is_open_for_writing_is_compacted(tmp_path: Path, suffix: str) -> None:
    path = log_with(tmp_path / f"a.{suffix}", "a", SNAPSHOT)
    with open_log(path) as log, pytest.raises(LogUnavailable, match="not open for writing"):
        log.compact()
    with open_log(path, "a") as log:
        pass
    with pytest.raises(LogUnavailable, match="not open for writing"):
        log.compact()
    with open_log(path) as log:
        assert len(actions_of(log)) == 2


@FORMATS
@ROTATIONS
def test_a_reader_who_is_beyond_the_snapshot_notices_nothing(
    tmp_path: Path, suffix: str, rotation: Rotation | None
) -> None:
    path = log_with(tmp_path / f"a.{suffix}", "a", SNAPSHOT, *["x" * 600_000] * 8, rotation=rotation)
    with open_log(path) as reader, open_log(path, "a", rotate=rotation) as log:
        reading = reader.read()
        assert [next(reading).sequence for _ in range(3)] == [1, 2, 3]
        log.compact()
        log.append("new")
        log.flush()
        assert [entry.sequence for entry in reading][:7] == list(range(4, 11))
        assert numbers(reader) == list(range(2, 12))


@pytest.mark.parametrize(
    ("suffix", "rotation"), [("db", None), ("db", Rotation(max_bytes=1)), ("jsonl", Rotation(max_bytes=1))]
)
def test_a_reader_who_is_before_the_snapshot_is_told(tmp_path: Path, suffix: str, rotation: Rotation | None) -> None:
    path = log_with(tmp_path / f"a.{suffix}", *["x" * 600_000] * 8, SNAPSHOT, rotation=rotation)
    with open_log(path) as reader, open_log(path, "a") as log:
        reading = reader.read()
        next(reading)
        log.compact()
        with pytest.raises(LogUnavailable, match=r"entries . to 8 were dropped while it was read; read it again"):
            list(reading)
        assert numbers(reader) == [9]


def test_one_text_file_is_read_to_its_end_by_those_who_had_begun(tmp_path: Path) -> None:
    path = log_with(tmp_path / "a.jsonl", *["x" * 600_000] * 8, SNAPSHOT)
    with open_log(path) as reader, open_log(path, "a") as log:
        reading = reader.read()
        next(reading)
        log.compact()
        assert [entry.sequence for entry in reading] == list(range(2, 10))


@FORMATS
@pytest.mark.timeout(600)
@pytest.mark.parametrize("step", [pytest.param(13, id="sample"), pytest.param(1, id="each", marks=pytest.mark.long)])
def test_a_crash_at_any_line_leaves_the_log_as_it_was_or_as_it_is_to_be(tmp_path: Path, suffix: str, step: int) -> None:
    original = tmp_path / "original"
    original.mkdir()
    log_with(original / f"a.{suffix}", *"ab", rotation=Rotation(max_bytes=1))
    with open_log(original / f"a.{suffix}", "a") as log:
        log.append("c")
        log.write(SNAPSHOT)
        log.append("d")
    log_of_two_more(original / f"a.{suffix}")
    whole, dropped = list(range(1, 8)), list(range(4, 8))
    for line in itertools.count(1, step):
        path = shutil.copytree(original, tmp_path / str(line)) / f"a.{suffix}"
        crashed = crashes(path, "compact", line)
        with open_log(path) as log:
            assert numbers(log) in ([dropped, whole] if crashed else [dropped])
        with open_log(path, "a") as log:
            assert log.compact().first == 4
            assert numbers(log) == dropped
            assert log.append("next") == 8
            assert len(full_parts(path)) == len(dropped) - 2  # the snapshot and "d" share one, the last is not full
        if not crashed:
            assert line > 20
            return


def log_of_two_more(path: Path) -> None:
    with open_log(path, "a", rotate=Rotation(max_bytes=1)) as log:
        log.append("e")
        log.flush()
        log.append("f")


@FORMATS
def test_a_full_disk_leaves_the_log_as_it_was(tmp_path: Path, suffix: str, monkeypatch: pytest.MonkeyPatch) -> None:
    path = log_with(tmp_path / f"a.{suffix}", "a", SNAPSHOT, "b")
    with open_log(path, "a") as log:
        with monkeypatch.context() as patch:
            patch.setattr(Path, "replace", no_room)
            patch.setattr("socketstore.log.database_tables.sequence_of", no_room)
            with pytest.raises((LogUnavailable, OSError), match="No space left"):
                log.compact()
        assert numbers(log) == [1, 2, 3]
        assert log.append("c") == 4
        assert log.compact().first == 2
        assert numbers(log) == [2, 3, 4]


def no_room(*_: Any, **__: Any) -> Any:
    raise OSError(28, "No space left on device")


def test_the_compacted_text_is_as_secret_as_it_was(tmp_path: Path) -> None:
    path = log_with(tmp_path / "a.jsonl", 1, SNAPSHOT)
    path.chmod(0o600)
    with open_log(path, "a") as log:
        log.compact()
    assert path.stat().st_mode & 0o777 == 0o600


def test_a_link_goes_on_to_be_one(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    real = log_with(tmp_path / "elsewhere" / "b.jsonl", 1, SNAPSHOT)
    link = tmp_path / "a.jsonl"
    link.symlink_to(real)
    with open_log(link, "a") as log:
        log.compact()
        log.append(2)
    assert link.is_symlink()
    assert numbers(open_log(real)) == [2, 3]


def test_a_disk_that_has_no_room_for_the_compacted_text_is_left_as_it_was(tmp_path: Path) -> None:
    large = SnapshotEntry(state="x" * 50_000)
    with open_log(log_with(tmp_path / "a.jsonl", 1, large), "a") as log:
        with no_file_larger_than(10_000), pytest.raises(LogUnavailable, match="no file may grow further"):
            log.compact()
        assert [path.name for path in tmp_path.iterdir()] == ["a.jsonl"]
        assert log.append(3) == 3
        assert numbers(log) == [1, 2, 3]


def test_nobody_else_writes_while_a_text_is_compacted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = log_with(tmp_path / "a.jsonl", 1, SNAPSHOT)
    refused = []

    def try_to_write(*_: Any) -> None:
        with pytest.raises(LogUnavailable, match="another writer"):
            open_log(path, "a")
        refused.append(path)

    with open_log(path, "a") as log:
        monkeypatch.setattr("socketstore.log.jsonl.shutil.copymode", try_to_write)
        log.compact()
    assert refused == [path]


# In a thread.


@FORMATS
@ROTATIONS
@pytest.mark.parametrize("durability", ["batch", "os"])
async def test_in_a_thread_it_takes_nothing_of_what_a_loop_appends_and_reads_meanwhile(
    tmp_path: Path, suffix: str, rotation: Rotation | None, durability: Any
) -> None:
    with open_log(tmp_path / f"a.{suffix}", "x", rotate=rotation, durability=durability) as log:
        for _ in range(3):
            log.write(SNAPSHOT)
            compacting = asyncio.create_task(asyncio.to_thread(log.compact))
            while not compacting.done():
                log.append("x")
                read = numbers(log, after=log.last - 2)
                assert read == list(range(read[0], log.last + 1))
                await asyncio.sleep(0)
            begins = (await compacting).first
        read = numbers(log)
        assert begins == read[0]
        assert read == list(range(begins, log.last + 1))


@FORMATS
def test_nothing_is_compacted_while_another_thread_writes_the_last_entries(
    tmp_path: Path, suffix: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = log_with(tmp_path / f"a.{suffix}", 1, SNAPSHOT)
    log = open_log(path, "a", durability="batch")
    sync, told = PartedStorage.sync, list[Exception]()

    def compact() -> None:
        with pytest.raises(LogUnavailable, match="not open for writing any more: this log was closed") as caught:
            log.compact()
        told.append(caught.value)

    def sync_while_another_compacts(self: PartedStorage) -> None:
        thread = threading.Thread(target=compact)
        thread.start()
        thread.join()
        sync(self)

    log.flush()
    with monkeypatch.context() as patch:
        patch.setattr(InGroups, "_wake", lambda _: None)  # so that it is `close` that writes
        log.append(2)
        patch.setattr(PartedStorage, "sync", sync_while_another_compacts)
        log.close()
    assert told
    with open_log(path, "a") as log:
        assert numbers(log) == [1, 2, 3]
