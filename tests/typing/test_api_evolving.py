"""The file of typed examples also runs; that it is well typed, mypy and pyright say."""

from __future__ import annotations

from pathlib import Path

import api_evolving
import pytest

from socketstore import UsageError, open_log


def test_the_typed_examples_run(tmp_path: Path) -> None:
    assert api_evolving.a_decorated_function_is_what_it_was() == {"millimetres": 305}
    assert api_evolving.a_class_with_a_version_is_made_as_before().millimetres == 5
    with open_log(tmp_path / "a.jsonl", mode="x") as log:
        log.note("only this")
    assert api_evolving.converting_counts(tmp_path / "a.jsonl", str(tmp_path / "b.db")) == 1


def test_a_mistake_that_the_types_find_is_also_found_when_it_runs() -> None:
    with pytest.raises(UsageError, match="expected a class that derives from Action"):
        api_evolving.mistakes_that_are_refused()
    with pytest.raises(UsageError, match="already"):
        api_evolving.a_function_of_something_else()
