"""Where a line is: found without beginning at the beginning, also when the file grows or is another one."""

from __future__ import annotations

from pathlib import Path
from typing import Any, BinaryIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from socketstore import LogCorrupted, open_log
from socketstore.log.lines import sequence_of
from socketstore.log.positions import STRIDE, Positions
from tests.log.bank import actions_of, header, line


class Counted:
    """A file that counts the bytes that are read of it."""

    def __init__(self, file: BinaryIO) -> None:
        self.file = file
        self.count = 0

    def read(self, size: int) -> bytes:
        data = self.file.read(size)
        self.count += len(data)
        return data

    def readline(self) -> bytes:
        data = self.file.readline()
        self.count += len(data)
        return data

    def __getattr__(self, name: str) -> Any:
        return getattr(self.file, name)


def log_of(path: Path, count: int) -> Path:
    path.write_bytes(header() + b"".join(line(number, "x" * 200) for number in range(1, count + 1)))
    return path


def found(positions: Positions, path: Path, after: int) -> tuple[int | None, int, int]:
    """Return the number of the entry at which it begins, of its line, and how many bytes were read for that."""
    with path.open("rb") as file:
        counted = Counted(file)
        number = positions.seek(counted, after)  # type: ignore[arg-type]
        return sequence_of(file.readline()), number, counted.count


@pytest.mark.parametrize("after", [1, 2, 500, 2_999, 3_000])
def test_the_line_is_near_and_its_number_right(tmp_path: Path, after: int) -> None:
    path = log_of(tmp_path / "a.jsonl", 3_000)
    sequence, number, _ = found(Positions(), path, after)
    assert number == (sequence or 0) + 1
    assert after - STRIDE / 200 < (sequence or 0) <= after + 1


def test_what_was_looked_through_is_not_looked_through_again(tmp_path: Path) -> None:
    path = log_of(tmp_path / "a.jsonl", 3_000)
    positions = Positions()
    assert found(positions, path, 2_900)[2] > 2_800 * 200
    assert found(positions, path, 2_900)[2] < 1_000
    assert found(positions, path, 10)[2] < 1_000


def test_a_reader_who_follows_reads_only_what_is_new(tmp_path: Path) -> None:
    path = log_of(tmp_path / "a.jsonl", 3_000)
    positions = Positions()
    found(positions, path, 3_000)
    with path.open("ab") as file:
        for number in range(3_001, 3_200):
            file.write(line(number, "x" * 200))
            file.flush()
            assert found(positions, path, number)[0] == number
            assert found(positions, path, number)[2] < 1_000
    assert len(positions._marks) < 3_200 * 300 / STRIDE + 3


def test_a_line_longer_than_everything_is_passed(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_bytes(header() + line(1, "x" * 5 * STRIDE) + line(2, "y") + line(3, "z" * 3 * STRIDE) + line(4, ""))
    with open_log(path) as log:
        assert [len(text) for text in actions_of(log, after=1)] == [1, 3 * STRIDE, 0]
        assert actions_of(log, after=3) == [""]
        assert [place for place, _ in log.lines(3)] == [5]


def test_a_file_that_began_anew_is_looked_through_again(tmp_path: Path) -> None:
    path = log_of(tmp_path / "a.jsonl", 2_000)
    with open_log(path) as log:
        assert len(actions_of(log, after=1_990)) == 10
        path.write_bytes(header() + line(1, "new") + line(1_995, "newer"))
        assert actions_of(log, after=1_990) == ["newer"]
        assert actions_of(log) == ["new", "newer"]
        log_of(path, 5_000)
        assert len(actions_of(log, after=1_990)) == 3_010


def test_damage_is_told_with_its_line_wherever_reading_begins(tmp_path: Path) -> None:
    path = log_of(tmp_path / "a.jsonl", 3_000)
    lines = path.read_bytes().splitlines(keepends=True)
    lines[2_500] = b"damage\n"
    path.write_bytes(b"".join(lines))
    for after in (0, 1_000, 2_400, 2_499):
        with open_log(path) as log, pytest.raises(LogCorrupted, match="line 2501") as caught:
            list(log.read(after))
        assert caught.value.line == 2_501
    with open_log(path) as log:
        assert len(actions_of(log, after=2_900)) == 100


@given(sizes=st.lists(st.integers(0, 2_000), max_size=30), afters=st.lists(st.integers(0, 35), min_size=1, max_size=5))
def test_reading_from_anywhere_gives_the_end_of_the_whole(
    tmp_path_factory: pytest.TempPathFactory, sizes: list[int], afters: list[int]
) -> None:
    path = tmp_path_factory.mktemp("positions") / "a.jsonl"
    with pytest.MonkeyPatch.context() as patch, open_log(path, mode="x") as log, open_log(path) as reader:
        patch.setattr("socketstore.log.positions.STRIDE", 1_000)
        for number, size in enumerate(sizes, start=1):
            log.append(f"{number} " + "x" * size)
            for after in afters:
                read = [entry.sequence for entry in reader.read(after)]
                assert read == list(range(after + 1, number + 1))
