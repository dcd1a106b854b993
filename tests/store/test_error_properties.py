"""Errors, wherever in a sequence they come: what did not raise counts, everybody is told, and no error is lost."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from socketstore import Store
from tests.store.folding import Actions, collect


class Broken(Exception):
    """Raised by the reducer, for it is an action as well."""


class Deaf(Exception):
    """Raised by a listener."""


actions = st.lists(st.integers(0, 99) | st.builds(Broken, st.integers(0, 99)), max_size=15)
middleware = st.sampled_from([(), (lambda _, next: next,), (lambda _, next: lambda action: next(action),) * 2])


def fold(actions: list[Any]) -> Actions:
    return tuple(action for action in actions if not isinstance(action, Exception))


def leaves(error: BaseException) -> Iterator[BaseException]:
    """Yield the errors inside of groups."""
    if isinstance(error, BaseExceptionGroup):
        for inner in error.exceptions:
            yield from leaves(inner)
    else:
        yield error


def dispatch(store: Store[Actions], action: Any) -> list[BaseException]:
    """Dispatch and return what was raised."""
    try:
        store.dispatch(action)
    except Exception as error:
        return list(leaves(error))
    return []


@given(actions, middleware)
def test_a_reducer_that_raises_anywhere_leaves_the_fold_of_the_other_actions(actions: list[Any], middleware: Any):
    store: Store[Actions] = Store(collect, (), middleware=middleware)
    told: list[Actions] = []
    store.subscribe(told.append)
    for action in actions:
        assert dispatch(store, action) == ([action] if isinstance(action, Broken) else [])
    assert store.state == fold(actions)
    assert told == [store.state[: length + 1] for length in range(len(store.state))]


@given(actions, st.lists(st.sets(st.integers(1, 15)), max_size=4), middleware)
def test_listeners_that_raise_anywhere_silence_nobody_and_every_error_surfaces(
    actions: list[Any], deaf_to: list[set[int]], middleware: Any
):
    store: Store[Actions] = Store(collect, (), middleware=middleware)
    told: list[list[Actions]] = [[] for _ in deaf_to]

    def listener(me: int) -> Any:
        def hear(state: Actions) -> None:
            told[me].append(state)
            if len(state) in deaf_to[me]:
                raise Deaf(me, len(state))

        return hear

    for me in range(len(deaf_to)):
        store.subscribe(listener(me))
    for action in actions:
        length = len(store.state) + 1
        raised = dispatch(store, action)
        if isinstance(action, Broken):
            assert raised == [action]
        else:
            expected = [(me, length) for me, lengths in enumerate(deaf_to) if length in lengths]
            assert [error.args for error in raised] == expected
    assert store.state == fold(actions)
    assert told == [[store.state[: length + 1] for length in range(len(store.state))]] * len(deaf_to)


@given(actions, st.sets(st.integers(1, 16)), middleware)
def test_errors_of_queued_actions_and_of_listeners_are_raised_by_the_outermost_dispatch(
    actions: list[Any], deaf_to: set[int], middleware: Any
):
    store: Store[Actions] = Store(collect, (), middleware=middleware)

    def answer(state: Actions) -> None:
        if state == ("first",):
            for action in actions:
                store.dispatch(action)

    def deaf(state: Actions) -> None:
        if len(state) in deaf_to:
            raise Deaf(len(state))

    store.subscribe(answer)
    store.subscribe(deaf)
    raised = dispatch(store, "first")
    assert store.state == ("first", *fold(actions))
    assert [error for error in raised if isinstance(error, Broken)] == [
        action for action in actions if isinstance(action, Broken)
    ]
    assert [error.args[0] for error in raised if isinstance(error, Deaf)] == sorted(
        length for length in deaf_to if length <= len(store.state)
    )
    deaf_to.clear()
    assert dispatch(store, "still usable") == []


@given(actions, middleware)
def test_a_batch_with_errors_tells_once_of_the_fold_of_the_other_actions(actions: list[Any], middleware: Any):
    store: Store[Actions] = Store(collect, (), middleware=middleware)
    told: list[Actions] = []
    store.subscribe(told.append)
    with store.batch():
        for action in actions:
            if isinstance(action, Broken):
                with pytest.raises(Broken):
                    store.dispatch(action)
            else:
                store.dispatch(action)
    assert told == ([fold(actions)] if fold(actions) else [])
