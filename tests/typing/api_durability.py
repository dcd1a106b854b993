"""Typed examples: how durable a log is, and what is left of a damaged one."""

from __future__ import annotations

from pathlib import Path
from typing import assert_type

from socketstore import Damage, Repaired, open_log, repair


def a_log_is_as_durable_as_it_is_told_to_be(path: Path) -> None:
    with open_log(path, mode="x", durability="batch") as log:
        log.append("an action")
        assert_type(log.flush(), None)
        assert_type(log.written, int)


def a_durability_that_nobody_knows_is_refused(path: Path) -> None:
    open_log(path, durability="sometimes")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]


def what_is_whole_of_a_damaged_log_is_kept(source: Path, target: Path) -> None:
    repaired = repair(source, target, progress=lambda done, total: None)
    assert_type(repaired, Repaired)
    assert_type(repaired.places, tuple[Damage, ...])
