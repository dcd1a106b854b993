"""What a program does wrong, or at the wrong moment, and what the store makes of it."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from immutables import Map

from socketstore import ReducerError, Slice, Store, UsageError, combine_reducers
from tests.store.folding import collect


class Chosen:
    def __init__(self, name: str | None) -> None:
        self.name = name


@dataclass(frozen=True, slots=True)
class Page:
    chosen: str | None = "a"
    title: str = ""


def choose(chosen: str | None, action: object) -> str | None:
    return action.name if isinstance(action, Chosen) else chosen


def test_a_field_that_is_declared_optional_may_become_none():
    store = Store(combine_reducers(Page, chosen=choose), Page())
    store.dispatch(Chosen(None))
    assert store.state == Page(chosen=None)


def test_a_slice_that_begins_as_none_may_become_none_again():
    part: Slice[str | None] = Slice(None)
    part.on(Chosen)(choose)
    store = Store(combine_reducers(chosen=part), {"chosen": "a"})
    store.dispatch(Chosen(None))
    assert store.state == {"chosen": None}


def test_a_field_that_is_not_declared_optional_may_not_become_none():
    store = Store(combine_reducers(Page, title=choose), Page())
    with pytest.raises(ReducerError, match="for 'title' returned None"):
        store.dispatch(Chosen(None))


def test_a_state_that_begins_as_none_may_become_none_again():
    store: Store[Any] = Store(lambda _, action: action, None)
    store.dispatch("a")
    store.dispatch(None)
    assert store.state is None


async def later(*_: object) -> Any: ...


def test_what_is_async_is_refused_where_the_store_could_not_wait_for_it():
    store: Store[Any] = Store(collect, ())
    for use in (
        lambda: Store(later, 0),
        lambda: store.subscribe(later),
        lambda: store.wait_for(later),
        lambda: combine_reducers(Page, title=later),
    ):
        with pytest.raises(UsageError, match=r"\(an async def, .*expected a function"):
            use()


def test_a_batch_that_was_dropped_inside_a_reducer_does_not_silence_the_store():
    store: Store[Any] = Store(lambda state, action: action(state) if callable(action) else (*state, action), ())
    told: list[Any] = []
    store.subscribe(told.append)

    def batching() -> Iterator[None]:
        with store.batch():
            yield

    begun = batching()
    next(begun)
    store.dispatch("a")
    kept = [begun]
    del begun

    def drop(state: Any) -> Any:
        kept.clear()  # its generator ends here, inside the reducer
        return state

    store.dispatch(drop)
    assert told == [("a",)]


def test_a_batch_nobody_is_in_any_more_holds_nothing():
    store: Store[Any] = Store(collect, ())
    told: list[Any] = []
    store.subscribe(told.append)
    batch = type("Batch", (), {})()
    store._alone(store._run, store._hold, batch)  # as if an interrupt had come right behind it
    del batch
    store.dispatch("a")
    assert told == [("a",)]


def test_an_interrupted_dispatch_leaves_its_errors_to_nobody_else():
    def twice(_: Any, next: Any) -> Any:
        def dispatch(action: Any) -> Any:
            next(action)
            if action == "interrupt":
                raise KeyboardInterrupt

        return dispatch

    store: Store[Any] = Store(collect, (), middleware=[twice])

    @store.subscribe
    def fail_once(state: Any) -> None:
        if state == ("interrupt",):
            raise ValueError

    with pytest.raises(KeyboardInterrupt):
        store.dispatch("interrupt")
    store.dispatch("good")
    assert store.state == ("interrupt", "good")


def test_a_combination_that_is_forgotten_is_not_kept_by_its_slices():
    part: Slice[int] = Slice(0)
    combination = weakref.ref(combine_reducers(part=part))
    gc.collect()
    assert combination() is None


def test_a_map_stays_a_map():
    part: Slice[int] = Slice(0)
    part.on(str)(lambda count, _: count + 1)
    store: Store[Any] = Store(combine_reducers(part=part), Map(part=0, other=1))
    store.dispatch("a")
    assert store.state == Map(part=1, other=1)
