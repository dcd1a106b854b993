"""The typed examples of durability also run."""

from __future__ import annotations

from pathlib import Path

import api_durability
import pytest

from socketstore import UsageError


def test_the_typed_examples_of_durability_run(tmp_path: Path) -> None:
    api_durability.a_log_is_as_durable_as_it_is_told_to_be(tmp_path / "a.db")
    api_durability.what_is_whole_of_a_damaged_log_is_kept(tmp_path / "a.db", tmp_path / "b.jsonl")


def test_the_mistake_that_the_types_find_is_also_found_when_it_runs(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="durability='sometimes'; expected 'os', 'batch', 'entry' or None"):
        api_durability.a_durability_that_nobody_knows_is_refused(tmp_path / "a.db")
