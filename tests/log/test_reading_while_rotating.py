"""Reading a log while it grows and is rotated: what stood in it when reading began, all of it, and an end."""

from __future__ import annotations

import threading
from collections.abc import Callable
from itertools import islice
from pathlib import Path
from typing import Any

import pytest

from socketstore import Log, LogUnavailable, Rotation, Store, open_log, play, record
from socketstore.log import parts

FORMATS = pytest.mark.parametrize("suffix", ["jsonl", "db"])
ROTATIONS = pytest.mark.parametrize("rotation", [None, Rotation(max_bytes=1)], ids=["one file", "many files"])
SMALL = Rotation(max_bytes=1)


def numbers(log: Log) -> list[int]:
    return [entry.sequence for entry in log.read()]


@FORMATS
@ROTATIONS
@pytest.mark.parametrize("way", [Log.read, Log.lines])
def test_who_appends_to_what_he_reads_comes_to_an_end(
    tmp_path: Path, suffix: str, rotation: Rotation | None, way: Callable[[Log], Any]
) -> None:
    with open_log(tmp_path / f"a.{suffix}", "x", rotate=rotation, durability="batch") as log:
        for number in range(200):
            log.append(number)
            if number in (50, 100):
                log.flush()
        read = 0
        for _ in islice(way(log), 1000):
            log.append("more")
            read += 1
            if read % 50 == 0:
                log.flush()
    assert read == 200


@FORMATS
async def test_a_log_that_is_played_into_a_store_that_records_into_it_ends(tmp_path: Path, suffix: str) -> None:
    with open_log(tmp_path / f"a.{suffix}", "x") as log:
        for _ in range(10):
            log.append(1)
        count = 0

        def counting(state: int, action: int) -> int:
            nonlocal count
            count += 1
            if count > 100:
                raise KeyboardInterrupt
            return state + action

        assert await play(log, Store(counting, 0, middleware=[record(log)]), speed=float("inf")) == 10


@FORMATS
def test_who_only_reads_a_file_reads_what_stands_in_it_as_well(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"a.{suffix}"
    with open_log(path, "x", durability="os") as writing, open_log(path) as reading:
        for number in range(100):
            writing.append("x" * 5000 + str(number))
        read = 0
        for _ in islice(reading.read(), 1000):
            read += 1
            writing.append("x" * 5000)
    assert 100 <= read < 300  # it may read on to the end of a block


@FORMATS
@pytest.mark.parametrize("listing", range(1, 7))  # so many there are
def test_a_file_that_is_renamed_while_the_files_are_listed_is_not_passed_over(
    tmp_path: Path, suffix: str, listing: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    listed, listings = parts.full_parts, 0

    def rotated_just_after_listing(path: Path) -> list[tuple[int, Path]]:
        nonlocal listings
        found = listed(path)
        listings += 1
        if listings == listing:
            for _ in range(2):
                log.append("late")
                log.flush()
        return found

    with open_log(tmp_path / f"a.{suffix}", "x", rotate=SMALL, durability="os") as log:
        for number in range(4):
            log.append(number)
            log.flush()
        with open_log(tmp_path / f"a.{suffix}") as reader:
            monkeypatch.setattr(parts, "full_parts", rotated_just_after_listing)
            read = numbers(reader)
            monkeypatch.undo()
    assert listings >= listing
    assert read == list(range(1, len(read) + 1))
    assert len(read) >= 4


@FORMATS
def test_the_folder_is_not_listed_for_each_file_that_is_read(
    tmp_path: Path, suffix: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    listed, listings = parts.full_parts, 0

    def counted(path: Path) -> list[tuple[int, Path]]:
        nonlocal listings
        listings += 1
        return listed(path)

    with open_log(tmp_path / f"a.{suffix}", "x", rotate=SMALL, durability="os") as log:
        for number in range(40):
            log.append(number)
    monkeypatch.setattr(parts, "full_parts", counted)
    with open_log(tmp_path / f"a.{suffix}") as log:
        assert numbers(log) == list(range(1, 41))
    assert listings < 10


class Missing:
    """A file that is not there for so many times that somebody wants to open it, as where it is just being replaced."""

    def __init__(self, path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.times = 0
        opened = Path.open

        def missing_at_first(other: Path, *arguments: Any, **options: Any) -> Any:
            if other == path and self.times:
                self.times -= 1
                raise FileNotFoundError(2, "No such file or directory")
            return opened(other, *arguments, **options)

        monkeypatch.setattr(Path, "open", missing_at_first)


@pytest.mark.parametrize("times", [1, 2, 3])
def test_a_file_that_is_not_there_while_another_takes_its_place_is_no_error(
    tmp_path: Path, times: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.jsonl"
    missing = Missing(path, monkeypatch)
    with open_log(path, "x", rotate=SMALL) as log:
        for number in range(4):
            log.append(number)
            log.flush()
        with open_log(path) as reader:
            missing.times = times
            assert numbers(reader)[:3] == [1, 2, 3]
            assert not missing.times
            assert numbers(reader) == [1, 2, 3, 4]


@pytest.mark.parametrize("times", [1, 2, 3])
def test_a_log_is_opened_to_be_read_while_another_file_takes_its_place(
    tmp_path: Path, times: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.jsonl"
    missing = Missing(path, monkeypatch)
    with open_log(path, "x", rotate=SMALL) as log:
        for number in range(4):
            log.append(number)
    missing.times = times
    with open_log(path) as reader:
        assert numbers(reader)[:3] == [1, 2, 3]
    assert not missing.times


@FORMATS
def test_a_thread_that_rotates_takes_nothing_from_who_reads(tmp_path: Path, suffix: str) -> None:
    def append() -> None:
        for number in range(count):
            log.append(number)
            if number % 3 == 0:
                log.flush()

    wrong: list[Any] = []
    count = 600 if suffix == "jsonl" else 150
    with open_log(tmp_path / f"a.{suffix}", "x", rotate=SMALL, durability="batch") as log:
        thread = threading.Thread(target=append)
        thread.start()
        while thread.is_alive():
            last = log.last
            try:
                read = numbers(log)
            except LogUnavailable as error:
                wrong.append(error)
                continue
            if read != list(range(1, len(read) + 1)) or len(read) < last:
                wrong.append((last, len(read)))
        thread.join()
        assert numbers(log) == list(range(1, count + 1))
    assert wrong == []


@FORMATS
def test_an_empty_file_in_the_place_of_the_one_that_was_read_is_not_the_end(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"a.{suffix}"
    with open_log(path, "x") as log:
        for number in range(4):
            log.append(number)
    with open_log(path) as reader:
        assert numbers(reader) == [1, 2, 3, 4]
        path.replace(tmp_path / f"a.000001.{suffix}")
        path.touch()  # as a rotation does before it writes the header
        assert numbers(reader) == [1, 2, 3, 4]
