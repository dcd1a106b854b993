"""The file of typed examples also runs; that it is well typed, mypy and pyright say."""

from __future__ import annotations

from pathlib import Path

import api
import pytest
from pydantic import ValidationError

from socketstore import Store, UsageError


async def test_the_typed_examples_run(tmp_path: Path) -> None:
    await api.main(tmp_path)


async def test_a_mistake_that_the_types_find_is_also_found_when_it_runs() -> None:
    with pytest.raises(UsageError, match="buffer='some'"):
        await api.watch_and_wait_for_know_their_values(Store(api.chat, api.Chat()))
    with pytest.raises(ValidationError):
        api.actions_are_typed_models()
