"""The file of typed examples also runs; that it is well typed, mypy and pyright say."""

from __future__ import annotations

import api_streams
import pytest

from socketstore import Connection, Follows, Missing, Repeated, Store, StreamFigures, UsageError


def test_the_typed_examples_run() -> None:
    store: Store[dict[str, str]] = Store(lambda state, _: state, {})
    assert api_streams.what_a_connection_says(store) == ({}, StreamFigures())
    for streams in api_streams.every_detector():
        Connection("ws://localhost:8080", store, streams=streams)
    letters, change = api_streams.Letters(), api_streams.Change(table="C", number=1)
    verdicts = [letters.check(position, change) for position in (None, "A", "B", "C")]
    assert verdicts == [Follows("C"), Missing("B", "C"), Follows("C"), Repeated()]


def test_a_mistake_that_the_types_find_is_also_found_when_it_runs() -> None:
    with pytest.raises(UsageError, match="got number='number'"):
        api_streams.mistakes_that_are_refused()
    with pytest.raises(UsageError, match="got detect='gap'"):
        api_streams.a_detector_that_is_none()
