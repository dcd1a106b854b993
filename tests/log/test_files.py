"""Whole writes, and what is found at the end of a file."""

from __future__ import annotations

import errno
import os
from pathlib import Path
from typing import Any, BinaryIO, cast

import pytest

from socketstore import LogCorrupted, LogUnavailable
from socketstore.log.files import BLOCK, last_sequence, translated, unfinished_bytes, write_whole
from tests.log.bank import AmountDeposited, header, line


class NearlyFull:
    """A file on a disk that has room for so many bytes more, and that takes at most so many at once."""

    def __init__(self, file: BinaryIO, *, room: int, at_once: int = 1_000_000) -> None:
        self.file = file
        self.room = room
        self.at_once = at_once

    def write(self, data: bytes) -> int:
        if data and not self.room:
            raise OSError(errno.ENOSPC, "No space left on device")
        written = self.file.write(data[: min(self.room, self.at_once)])
        self.room -= written
        return written

    def __getattr__(self, name: str) -> Any:
        return getattr(self.file, name)


@pytest.mark.parametrize("mode", ["ab", "wb"])
@pytest.mark.parametrize("room", range(6))
def test_a_full_disk_leaves_no_part_of_a_line_and_no_hole_before_the_next(tmp_path: Path, mode: str, room: int) -> None:
    with (tmp_path / "a").open(mode, buffering=0) as file:
        write_whole(cast(BinaryIO, file), b"first\n")
        with pytest.raises(OSError, match="No space left"):
            write_whole(cast(BinaryIO, NearlyFull(cast(BinaryIO, file), room=room)), b"second")
        assert (tmp_path / "a").read_bytes() == b"first\n"
        write_whole(cast(BinaryIO, file), b"third\n")
    assert (tmp_path / "a").read_bytes() == b"first\nthird\n"


def test_a_line_that_is_taken_in_parts_is_whole_in_the_end(tmp_path: Path) -> None:
    with (tmp_path / "a").open("wb", buffering=0) as file:
        write_whole(cast(BinaryIO, NearlyFull(cast(BinaryIO, file), room=100, at_once=2)), b"second\n")
    assert (tmp_path / "a").read_bytes() == b"second\n"


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="this system has no /dev/full")  # noqa: PTH110 - a device
def test_a_device_that_is_always_full_says_so() -> None:
    with open("/dev/full", "wb", buffering=0) as file, pytest.raises(OSError, match="No space left"):  # noqa: PTH123
        write_whole(cast(BinaryIO, file), b"line\n")


@pytest.mark.parametrize("size", [0, 1, 5, BLOCK - 1, BLOCK, BLOCK + 1, 3 * BLOCK])
@pytest.mark.parametrize("before", [b"", b"\n", b"first\n", b"x" * BLOCK + b"\n"])
def test_unfinished_bytes_are_those_behind_the_last_line_end(tmp_path: Path, size: int, before: bytes) -> None:
    path = tmp_path / "a"
    path.write_bytes(before + b"y" * size)
    assert unfinished_bytes(path) == size


@pytest.mark.parametrize("size", [1, BLOCK - 70, BLOCK, 3 * BLOCK])
def test_the_last_number_is_found_however_long_its_line_is(tmp_path: Path, size: int) -> None:
    path = tmp_path / "a"
    path.write_bytes(header() + line(1, "first") + line(27, "x" * size))
    assert last_sequence(path) == 27


def test_the_last_number_behind_a_header_alone_is_0(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_bytes(header())
    assert last_sequence(path) == 0


@pytest.mark.parametrize("last", [b"damage\n", b'{"kind":"action"}\n', b"[1]\n", b'{"sequence":"x"}\n', b"\n"])
def test_a_last_line_that_cannot_be_read_is_told_with_its_number(tmp_path: Path, last: bytes) -> None:
    path = tmp_path / "a"
    path.write_bytes(header() + line(1, AmountDeposited(amount=1)) + last)
    with pytest.raises(LogCorrupted, match="its last line cannot be read, so nothing can be appended") as caught:
        last_sequence(path)
    assert caught.value.line == 3


@pytest.mark.parametrize(
    ("number", "advice"),
    [
        (errno.ENOSPC, "the disk is full; make room"),
        (errno.EROFS, "the file system is read-only"),
        (errno.EFBIG, "no file may grow further"),
        (errno.EIO, "check the path and the disk"),
    ],
)
def test_the_systems_errors_are_told_with_advice(number: int, advice: str) -> None:
    problem = OSError(number, os.strerror(number))
    with pytest.raises(LogUnavailable, match=advice) as caught, translated("write", Path("a.jsonl")):
        raise problem
    assert caught.value.__cause__ is problem
    assert os.strerror(number) in str(caught.value)
