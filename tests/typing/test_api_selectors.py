"""The file of typed examples also runs; that it is well typed, mypy and pyright say."""

from __future__ import annotations

import api_selectors
import pytest

from socketstore import UsageError


def test_the_typed_examples_run() -> None:
    store = api_selectors.main()
    assert api_selectors.headline(store.state) == "1 ABC"
    assert api_selectors.six(store.state) == "ABC" * 6
    assert api_selectors.seven(store.state) == 7
    assert api_selectors.last_price("X")(store.state) == 9.0


def test_a_mistake_that_the_types_find_is_also_found_when_it_runs() -> None:
    with pytest.raises(UsageError, match="unhashable"):
        api_selectors.mistakes_that_are_refused()
    with pytest.raises(AttributeError, match="trades"):
        api_selectors.a_mistake_that_fails_when_it_runs()
