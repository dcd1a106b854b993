"""The file of typed examples also runs; that it is well typed, mypy and pyright say."""

from __future__ import annotations

import api_focus
import pytest
from immutables import Map

from socketstore import UsageError, focus


def test_the_typed_examples_run() -> None:
    before = api_focus.App(books=Map(BTC=api_focus.Book(), ETH=api_focus.Book()))
    after = api_focus.each_way_returns_the_whole_state(before)
    assert after == api_focus.App(Map(BTC=api_focus.Book(3.5, (3.5,))), {"BTC": "BITCOIN"}, api_focus.Limits(most=11))
    assert len(api_focus.differences_are_typed(before, after)) == 3
    assert api_focus.development_middleware_fits_any_store(before).state is before


def test_a_field_that_the_types_do_not_find_is_not_found_when_it_runs_either() -> None:
    with pytest.raises(LookupError, match="there is no names"):
        _ = focus(api_focus.App(), lambda s: s.names["BTC"]).value
    with pytest.raises(UsageError):
        focus(api_focus.App(), lambda s: len(s.names))
