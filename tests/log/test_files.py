"""Whole writes, and what is found at the end of a file."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from socketstore import LogCorrupted, LogUnavailable
from socketstore.log.files import BLOCK, last_sequence, translated, unended
from tests.log.bank import AmountDeposited, header, line


@pytest.mark.parametrize("size", [0, 1, 5, BLOCK - 1, BLOCK, BLOCK + 1, 3 * BLOCK])
@pytest.mark.parametrize("before", [b"", b"\n", b"first\n", b"x" * BLOCK + b"\n"])
def test_what_is_unended_stands_behind_the_last_line_end(tmp_path: Path, size: int, before: bytes) -> None:
    path = tmp_path / "a"
    path.write_bytes(before + b"y" * size)
    assert unended(path) == b"y" * size


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
