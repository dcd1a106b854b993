"""The six decided semantics of the store: each test's name is the sentence, or a part of it."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import Any

import pytest

from socketstore import DispatchError, Slice, Store
from tests.store.folding import PATIENCE, Actions, collect, elsewhere, in_thread

# 1


def test_dispatch_inside_a_reducer_raises_dispatch_error():
    def reducer(state: int, action: object) -> int:
        store.dispatch("nested")
        return state

    store = Store(reducer, 0)
    with pytest.raises(DispatchError, match=r"inside the reducer .*reducer.*; a reducer only computes the next state"):
        store.dispatch("outer")


def test_dispatch_inside_a_listener_is_queued_first_in_first_out():
    store: Store[Actions] = Store(collect, ())

    def answer(state: Actions) -> None:
        if state == ("a",):
            assert store.dispatch("b") == "b"
            assert store.dispatch("c") == "c"
            assert store.state == ("a",), "a queued action is not applied in the middle of a notification"

    store.subscribe(answer)
    store.subscribe(lambda state: store.dispatch("d") if state == ("a",) else None)
    store.dispatch("a")
    assert store.state == ("a", "b", "c", "d")


def test_dispatch_inside_an_effect_is_queued_and_applied_before_the_outermost_dispatch_returns():
    def effect(store: Store[Actions], next: Any) -> Any:
        def dispatch(action: Any) -> Any:
            result = next(action)
            if action == "a":
                store.dispatch("b")
                seen.append(store.state)
            return result

        return dispatch

    seen: list[Actions] = []
    store = Store(collect, (), middleware=[effect])
    store.dispatch("a")
    assert seen == [("a",)]
    assert store.state == ("a", "b")


def test_a_queued_action_is_applied_before_the_outermost_dispatch_returns():
    store: Store[Actions] = Store(collect, ())
    store.subscribe(lambda state: store.dispatch(len(state)) if len(state) < 50 else None)
    store.dispatch(0)
    assert store.state == tuple(range(50))


def test_every_subscriber_is_told_of_the_same_states_in_the_same_order():
    store: Store[Actions] = Store(collect, ())
    first: list[Actions] = []
    last: list[Actions] = []
    store.subscribe(first.append)
    store.subscribe(lambda state: store.dispatch("b") if state == ("a",) else None)
    store.subscribe(last.append)
    store.dispatch("a")
    assert first == last == [("a",), ("a", "b")]


def test_within_batch_subscribers_are_told_once_of_the_last_state_and_middleware_sees_every_action():
    seen: list[Any] = []
    told: list[Actions] = []
    store = Store(collect, (), middleware=[lambda _, next: lambda action: (seen.append(action), next(action))[1]])
    store.subscribe(told.append)
    with store.batch():
        store.dispatch("a")
        store.dispatch("b")
        assert store.state == ("a", "b"), "inside a batch the state is the newest all the same"
    assert told == [("a", "b")]
    assert seen == ["a", "b"]


# 2


def test_listeners_run_in_the_order_in_which_they_subscribed():
    store: Store[Actions] = Store(collect, ())
    told: list[int] = []
    for number in range(10):
        store.subscribe(lambda _, number=number: told.append(number))
    store.dispatch("a")
    assert told == list(range(10))


def test_listeners_run_over_a_snapshot_so_unsubscribing_inside_a_callback_is_safe():
    store: Store[Actions] = Store(collect, ())
    told: list[str] = []

    def first(_: Actions) -> None:
        told.append("first")
        for end in ends:
            end()

    ends = [store.subscribe(first), store.subscribe(lambda _: told.append("second"))]
    store.subscribe(lambda _: told.append("third"))
    store.dispatch("a")
    assert told == ["first", "second", "third"]
    store.dispatch("b")
    assert told == ["first", "second", "third", "third"]


def test_a_listener_that_subscribed_during_a_notification_first_hears_the_next_one():
    store: Store[Actions] = Store(collect, ())
    late: list[Actions] = []
    ends: list[Any] = []
    store.subscribe(lambda _: ends or ends.append(store.subscribe(late.append)))
    store.dispatch("a")
    assert late == []
    store.dispatch("b")
    assert late == [("a", "b")]


def test_no_change_no_call():
    store = Store(lambda state, action: state, ("a",))
    told: list[Any] = []
    store.subscribe(told.append)
    store.dispatch("b")
    store.restore(store.state)
    assert told == []


def test_a_state_has_changed_when_it_is_another_object_and_is_never_compared_deeply():
    class Incomparable:
        def __eq__(self, other: object) -> bool:
            raise AssertionError

        __hash__ = None  # type: ignore[assignment]

    store = Store(lambda state, action: action, Incomparable())
    told: list[Any] = []
    store.subscribe(told.append)
    other = Incomparable()
    store.dispatch(other)
    assert len(told) == 1
    assert told[0] is other


def test_a_selected_value_has_changed_when_it_is_another_object_and_not_equal():
    store = Store(lambda state, action: action, [1])
    told: list[list[int]] = []
    store.subscribe(told.append, select=lambda state: list(state))
    store.dispatch([1])
    assert told == []
    store.dispatch([2])
    assert told == [[2]]


def test_a_selected_value_that_is_the_same_object_has_not_changed_even_if_it_is_not_equal_to_itself():
    nan = float("nan")
    store = Store(lambda state, action: {"value": nan}, {"value": nan})
    told: list[float] = []
    store.subscribe(told.append, select=lambda state: state["value"])
    store.dispatch("a")
    assert told == []


def test_equal_overrides_what_counts_as_changed():
    store = Store(lambda state, action: action, 1.0)
    told: list[float] = []
    store.subscribe(told.append, select=lambda state: state, equal=lambda new, old: abs(new - old) < 0.5)
    for price in (1.2, 1.4, 1.6, 1.7):
        store.dispatch(price)
    assert told == [1.6]


# 3


def test_a_listener_that_raises_does_not_silence_the_others_and_the_errors_are_raised_together():
    store: Store[Actions] = Store(collect, ())
    told: list[Actions] = []
    broken, bad = ValueError("broken"), KeyError("bad")
    store.subscribe(raising(broken))
    store.subscribe(told.append)
    store.subscribe(raising(bad))
    with pytest.raises(ExceptionGroup, match="2 of the store's listeners raised") as caught:
        store.dispatch("a")
    assert caught.value.exceptions == (broken, bad)
    assert told == [store.state] == [("a",)]


def test_a_reducer_that_raises_leaves_the_state_as_it_was_and_the_store_usable():
    store: Store[Actions] = Store(collect, ("a",))
    told: list[Actions] = []
    store.subscribe(told.append)
    broken = ValueError("broken")
    with pytest.raises(ValueError, match="broken") as caught:
        store.dispatch(broken)
    assert caught.value is broken
    assert (store.state, told) == (("a",), [])
    store.dispatch("b")
    assert told == [("a", "b")]


def test_queued_actions_still_run_after_one_whose_reducer_raised():
    store: Store[Actions] = Store(collect, ())

    def answer(state: Actions) -> None:
        if state == ("a",):
            for action in (ValueError("broken"), "b", KeyError("bad"), "c"):
                store.dispatch(action)

    store.subscribe(answer)
    with pytest.raises(ExceptionGroup, match="2 errors while dispatching") as caught:
        store.dispatch("a")
    assert [type(error) for error in caught.value.exceptions] == [ValueError, KeyError]
    assert store.state == ("a", "b", "c")


# 4


def test_dispatch_may_be_called_from_any_thread_and_when_it_returns_its_action_has_been_applied():
    store: Store[Actions] = Store(collect, ())
    start = threading.Barrier(4)

    def work(name: int) -> None:
        start.wait(PATIENCE)
        for number in range(200):
            store.dispatch((name, number))
            assert (name, number) in store.state

    with in_thread(lambda: work(1)), in_thread(lambda: work(2)), in_thread(lambda: work(3)):
        work(0)
    assert len(store.state) == 800
    for name in range(4):
        assert [number for who, number in store.state if who == name] == list(range(200))


# 5


def test_no_hidden_actions_reach_the_reducer():
    def reducer(state: int, action: object) -> int:
        reduced.append(action)
        return state + 1

    reduced: list[object] = []
    store = Store(reducer, 0)
    unsubscribe = store.subscribe(lambda _: None)
    with store.batch():
        store.dispatch("a")
    store.restore(7)
    store.replace_reducer(reducer)
    store.watch()
    unsubscribe()
    assert reduced == ["a"]


# 6


@dataclass(frozen=True)
class Renamed:
    name: str


@pytest.mark.parametrize("action", ["text", 7, None, ("a", 1), Renamed("x"), Renamed, {"type": "dict"}, frozenset()])
def test_any_value_may_be_an_action(action: object):
    store: Store[Actions] = Store(collect, ())
    assert store.dispatch(action) is action
    assert store.state == (action,)


@pytest.mark.parametrize("state", [0, "text", (), frozenset({1}), Renamed("x"), False])
def test_any_immutable_value_may_be_a_state(state: object):
    whole: Slice[object] = Slice(state)
    whole.on(Renamed)(lambda _, action: action)
    store = Store(whole, whole.initial)
    assert store.state is state
    store.dispatch(Renamed("y"))
    assert store.state == Renamed("y")


def raising(error: Exception) -> Any:
    def listener(_: object) -> None:
        raise error

    return listener


def test_a_dispatch_from_another_thread_waits_until_the_one_under_way_is_over_its_listeners_included():
    store: Store[Actions] = Store(collect, ())
    order: list[str] = []
    telling, other_is_about_to = threading.Event(), threading.Event()

    def listener(state: Actions) -> None:
        if state == ("a",):
            telling.set()
            assert other_is_about_to.wait(PATIENCE)
        order.append(f"told {state[-1]}")

    def other() -> None:
        assert telling.wait(PATIENCE)
        other_is_about_to.set()
        store.dispatch("b")
        order.append("other returned")

    store.subscribe(listener)
    with in_thread(other):
        store.dispatch("a")
    assert order == ["told a", "told b", "other returned"]
    elsewhere(lambda: store.dispatch("c"))
    assert store.state == ("a", "b", "c")
