"""A machine that stops anywhere: what is on the disk is a gapless beginning, and the log goes on behind it."""

from __future__ import annotations

import shutil
import warnings
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from socketstore import ActionEntry, LogWarning, open_log

TEXTS = st.text(max_size=20) | st.integers(1, 3_000).map(lambda size: "x" * size)
GROUPS = st.lists(st.lists(TEXTS, min_size=1, max_size=6), max_size=6)
"""What is appended, and flushed together."""

CUTS = st.integers(0, 1_000_000)
"""Where it is cut, modulo its size, which depends on the time."""

RESTS = st.sampled_from([b"", bytes(1), bytes(4096)])
"""What a file system may put into the place of what is gone."""


def recorded(path: Path, groups: list[list[str]]) -> list[str]:
    """Record, stop without closing, and return what was appended."""
    with open_log(path, mode="x", durability="batch") as log:
        for group in groups:
            for text in group:
                log.append(text)
            log.flush()
        for part in path.parent.glob(f"{path.name}*"):  # as the machine leaves them
            shutil.copy(part, path.parent / f"stopped-{part.name}")
    return [text for group in groups for text in group]


def read(path: Path) -> list[tuple[int, Any]]:
    with open_log(path) as log:
        return [(entry.sequence, entry.action) for entry in log.read() if isinstance(entry, ActionEntry)]


def gone_on(path: Path, times: int) -> list[tuple[int, Any]]:
    """Append as the next program would, and return all that stands there then."""
    for number in range(times):
        with open_log(path, mode="a") as log:
            log.append(["later", number])
    return read(path)


def check(stopped: Path, texts: list[str]) -> int:
    """See that there is a beginning of what was appended, and return how long it is."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", LogWarning)
        before = read(stopped)
        assert before == list(enumerate(texts, start=1))[: len(before)]
        later = [(len(before) + 1 + number, ["later", number]) for number in range(2)]
        assert gone_on(stopped, 2) == before + later
    return len(before)


@given(GROUPS, CUTS, RESTS)
def test_a_text_file_that_was_cut_anywhere_goes_on_behind_what_is_whole(
    tmp_path_factory: pytest.TempPathFactory, groups: list[list[str]], cut: int, rest: bytes
) -> None:
    path = tmp_path_factory.mktemp("cut") / "a.jsonl"
    texts = recorded(path, groups)
    stopped = path.with_name("stopped-a.jsonl")
    whole = stopped.read_bytes()
    cut %= len(whole) + 1
    if cut < whole.index(
        b"\n"
    ):  # a file without a header is no log, and is left alone: nothing of it had been promised
        rest = b""
    stopped.write_bytes(whole[:cut] + rest)
    kept = check(stopped, texts)
    ends = [end for end, byte in enumerate(whole, start=1) if byte == 10]
    assert kept == max(sum(end <= cut for end in ends) - 1, 0) or (kept and not rest and cut + 1 in ends)


@given(GROUPS, CUTS, RESTS)
def test_a_database_that_was_cut_anywhere_goes_on_behind_what_is_whole(
    tmp_path_factory: pytest.TempPathFactory, groups: list[list[str]], cut: int, rest: bytes
) -> None:
    path = tmp_path_factory.mktemp("cut") / "a.db"
    texts = recorded(path, groups)
    changes = path.with_name("stopped-a.db-wal")
    whole = changes.read_bytes()
    cut %= len(whole) + 1
    changes.write_bytes(whole[:cut] + rest)
    path.with_name("stopped-a.db-shm").unlink(missing_ok=True)  # which is made anew
    path.with_name("stopped-a.db-lock").unlink()
    kept = check(path.with_name("stopped-a.db"), texts)
    if cut == len(whole):
        assert kept == len(texts)
