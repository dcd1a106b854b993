"""The file of typed examples also runs; that it is well typed, mypy and pyright say."""

from __future__ import annotations

from pathlib import Path

import api_long_logs
import pytest

from socketstore import UsageError


async def test_the_typed_examples_run(tmp_path: Path) -> None:
    assert api_long_logs.a_log_goes_on_in_new_files(tmp_path) == 1
    assert api_long_logs.a_log_forgets_its_beginning(tmp_path).first == 2
    assert (await api_long_logs.a_log_is_followed(tmp_path)).sequence == 1


def test_a_mistake_that_the_types_find_is_also_found_when_it_runs() -> None:
    with pytest.raises(UsageError, match="max_bytes='10 MB'"):
        api_long_logs.mistakes_that_are_refused()
