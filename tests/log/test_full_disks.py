"""A disk without room, imitated by the limit of the system for the size of a file: told at once, nothing is lost."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from socketstore import Log, LogUnavailable, open_log
from tests.log.bank import actions_of
from tests.log.refusals import no_file_larger_than

BOTH = pytest.mark.parametrize("name", ["a.jsonl", "a.db"])
EACH = pytest.mark.parametrize("durability", ["os", "batch", "entry"])
TEXT = "x" * 10_000


def fill(log: Log) -> int:
    """Append until there is no room, and return the number of the last entry that was taken."""
    for _ in range(100_000):
        log.append(TEXT)
        if log.last % 7 == 0:
            log.flush()
    return log.last


@BOTH
@EACH
def test_a_full_disk_is_told_at_once_and_the_log_goes_on_when_there_is_room(
    tmp_path: Path, name: str, durability: Any
) -> None:
    with open_log(tmp_path / name, mode="x", durability=durability) as log:
        for _ in range(3):
            size = max(path.stat().st_size for path in tmp_path.iterdir())
            with no_file_larger_than(size + 200_000):
                with pytest.raises(LogUnavailable, match=r"could not write the log .*; ") as caught:
                    fill(log)
                last = log.last
                with pytest.raises(LogUnavailable):
                    fill(log)
                assert "check the path and the disk" not in str(caught.value)
                assert log.last == last
            assert log.append(TEXT) == last + 1
        log.flush()
        assert log.written == log.last
    with open_log(tmp_path / name) as log:
        assert actions_of(log) == [TEXT] * (last + 1)


@BOTH
@EACH
def test_closing_on_a_full_disk_keeps_what_was_acknowledged(tmp_path: Path, name: str, durability: Any) -> None:
    log = open_log(tmp_path / name, mode="x", durability=durability)
    with no_file_larger_than(400_000):
        with pytest.raises(LogUnavailable):
            fill(log)
        acknowledged = log.written if durability == "batch" else log.last
        if durability == "batch":
            with pytest.raises(LogUnavailable, match="are lost"):
                log.close()
        else:
            with suppress(LogUnavailable):  # a database may have something to move when it is closed
                log.close()
        log.close()
    with open_log(tmp_path / name, mode="a") as log:
        assert log.last >= acknowledged
        assert actions_of(log) == [TEXT] * log.last
