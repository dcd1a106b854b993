"""Killed at any moment: what was acknowledged is there, without a gap, and the torn end is told."""

from __future__ import annotations

import multiprocessing
import random
import shutil
import signal
import warnings
from pathlib import Path

import pytest

from socketstore import ActionEntry, LogWarning, open_log
from socketstore.log.files import unended
from socketstore.log.lines import is_object
from socketstore.log.writing import Durability
from tests.log.victims import COUNTER, entry, record_until_killed

LONGEST = 0.15  # seconds; who is killed so soon after the start may not have opened the file yet

processes = multiprocessing.get_context("forkserver")
processes.set_forkserver_preload(["tests.log.victims"])


def killed(path: Path, durability: Durability, moment: float, *, begun: bool) -> int:
    """Record until a moment, counted from the start or from the first entries; return the number acknowledged last."""
    acknowledged = path.with_name("acknowledged")
    acknowledged.write_bytes(bytes(COUNTER))
    reading, writing = processes.Pipe(duplex=False)
    process = processes.Process(target=record_until_killed, args=(path, durability, acknowledged, writing))
    process.start()
    writing.close()
    if begun:
        with pytest.raises(EOFError):
            reading.recv_bytes()
    process.join(timeout=moment)
    process.kill()
    process.join()
    reading.close()
    assert process.exitcode == -signal.SIGKILL
    return int.from_bytes(acknowledged.read_bytes(), "little")


def torn(path: Path) -> int:
    """Bytes at the end of a file of lines that are no entry."""
    rest = unended(path) if path.suffix == ".jsonl" and path.exists() else b""
    return 0 if is_object(rest) else len(rest)


def survived(path: Path, before: int) -> int:
    """Open the log as the next program would, and return the number of its last entry."""
    lost = torn(path)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", LogWarning)
        log = open_log(path, mode="a")
    assert [str(warning.message) for warning in caught] == [
        f"{path}: an unfinished entry of {size} bytes at its end was cut off" for size in [lost] if size
    ]
    with log:
        read = [(each.sequence, each.action) for each in log.read(after=before) if isinstance(each, ActionEntry)]
        assert read == [(number, entry(number)) for number in range(before + 1, log.last + 1)]
        return log.last


def record_and_be_killed(path: Path, durability: Durability, times: int) -> int:
    """Record into one file until killed, several times; return the number of its last entry."""
    chance = random.Random()  # noqa: S311 - the log goes on from kill to kill, so every moment is another one
    last = 0
    for number in range(times):
        acknowledged = killed(path, durability, chance.uniform(0, LONGEST), begun=bool(number % 2))
        after = survived(path, last)
        assert after >= acknowledged
        last = after
    return last


FORMATS = pytest.mark.parametrize("name", ["a.jsonl", "a.db"])
DURABILITIES = pytest.mark.parametrize("durability", ["os", "batch", "entry"])


@FORMATS
@DURABILITIES
def test_who_is_killed_while_recording_loses_nothing_that_was_acknowledged(
    tmp_path: Path, name: str, durability: Durability
) -> None:
    assert record_and_be_killed(tmp_path / name, durability, times=8) > 0


@pytest.mark.long
@pytest.mark.timeout(1800)
@FORMATS
@DURABILITIES
def test_who_is_killed_at_200_moments_loses_nothing_that_was_acknowledged(
    tmp_path: Path, name: str, durability: Durability
) -> None:
    for part in range(25):  # files that stay small, for each is read from its beginning
        folder = tmp_path / str(part)
        folder.mkdir()
        assert record_and_be_killed(folder / name, durability, times=8) > 0
        shutil.rmtree(folder)
