"""The typed examples of collections also run; that they are well typed, mypy and pyright say."""

from __future__ import annotations

import api_entities
import pytest

from socketstore import UsageError


def test_the_typed_examples_run() -> None:
    api_entities.main()


def test_a_mistake_that_the_types_find_is_also_found_when_it_runs() -> None:
    with pytest.raises(UsageError, match="an entity without a key"):
        api_entities.Trades().set_many([1])  # type: ignore[list-item]
    with pytest.raises(UsageError, match="cannot be sorted"):
        api_entities.mistakes_are_found(api_entities.Trades())
