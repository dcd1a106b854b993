from __future__ import annotations

import asyncio
import gc
import weakref
from collections.abc import Callable
from typing import Any

import pytest

from socketstore import DispatchError, Store
from tests.store.folding import Actions, collect, elsewhere


def test_unsubscribing_ends_the_calls_and_doing_it_again_does_nothing():
    store: Store[Actions] = Store(collect, ())
    told: list[Actions] = []
    unsubscribe = store.subscribe(told.append)
    store.dispatch("a")
    unsubscribe()
    unsubscribe()
    store.dispatch("b")
    assert told == [("a",)]


def test_the_same_listener_may_subscribe_twice_and_each_subscription_ends_by_itself():
    store: Store[Actions] = Store(collect, ())
    told: list[Actions] = []
    first, second = store.subscribe(told.append), store.subscribe(told.append)
    store.dispatch("a")
    assert len(told) == 2
    first()
    store.dispatch("b")
    assert len(told) == 3
    second()
    store.dispatch("c")
    assert len(told) == 3


def test_subscribe_is_a_decorator_and_the_name_is_bound_to_what_ends_the_subscription():
    store: Store[Actions] = Store(collect, ())
    told: list[Actions] = []

    @store.subscribe
    def listener(state: Actions) -> None:
        told.append(state)

    store.dispatch("a")
    listener()
    store.dispatch("b")
    assert told == [("a",)]


def test_subscribe_with_arguments_is_a_decorator_too():
    store: Store[Actions] = Store(collect, ())
    told: list[int] = []

    @store.subscribe(select=len, equal=lambda new, old: new // 2 == old // 2)
    def listener(length: int) -> None:
        told.append(length)

    @store.subscribe()
    def plain(state: Actions) -> None:
        told.append(-len(state))

    for action in range(4):
        store.dispatch(action)
    listener()
    plain()
    store.dispatch("e")
    assert told == [-1, 2, -2, -3, 4, -4]


def test_a_select_that_raises_at_once_is_raised_and_nothing_is_subscribed():
    store: Store[Actions] = Store(collect, ())
    with pytest.raises(IndexError):
        store.subscribe(lambda _: None, select=lambda state: state[0])
    store.dispatch("a")


def test_a_select_that_raises_later_is_an_error_of_that_listener_and_it_hears_the_next_change():
    store: Store[Actions] = Store(collect, ())
    told: list[Any] = []

    def second(state: Actions) -> object:
        if len(state) == 1:
            raise ValueError("only one")
        return state[1:2]

    store.subscribe(told.append, select=second)
    with pytest.raises(ExceptionGroup):
        store.dispatch("a")
    store.dispatch("b")
    assert told == [("b",)]


def test_an_equal_that_raises_is_an_error_of_that_listener():
    def equal(new: object, old: object) -> bool:
        raise ValueError("incomparable")

    store: Store[Actions] = Store(collect, ())
    store.subscribe(lambda _: None, select=lambda state: state, equal=equal)
    with pytest.raises(ExceptionGroup) as caught:
        store.dispatch("a")
    assert caught.value.subgroup(ValueError)


def test_subscribing_inside_a_reducer_raises_dispatch_error():
    def reducer(state: int, action: object) -> int:
        store.subscribe(lambda _: None)
        return state

    store = Store(reducer, 0)
    with pytest.raises(DispatchError, match=r"subscribe\(\) was called inside the reducer"):
        store.dispatch("a")


def test_via_hands_the_call_over_and_the_value_is_that_of_the_change():
    store: Store[Actions] = Store(collect, ())
    handed: list[Callable[[], None]] = []
    told: list[Actions] = []
    store.subscribe(told.append, via=handed.append)
    store.dispatch("a")
    store.dispatch("b")
    assert told == []
    for call in handed:
        call()
    assert told == [("a",), ("a", "b")]


def test_what_was_handed_over_and_has_not_run_is_dropped_by_unsubscribing():
    store: Store[Actions] = Store(collect, ())
    handed: list[Callable[[], None]] = []
    told: list[Actions] = []
    unsubscribe = store.subscribe(told.append, via=handed.append)
    store.dispatch("a")
    unsubscribe()
    handed[0]()
    assert told == []


def test_a_via_that_raises_is_an_error_of_that_listener():
    def via(_: object) -> None:
        raise RuntimeError("no loop")

    store: Store[Actions] = Store(collect, ())
    told: list[Actions] = []
    store.subscribe(lambda _: None, via=via)
    store.subscribe(told.append)
    with pytest.raises(ExceptionGroup) as caught:
        store.dispatch("a")
    assert caught.value.subgroup(RuntimeError)
    assert told == [("a",)]


async def test_via_hands_the_call_to_the_loop_of_another_thread():
    store: Store[Actions] = Store(collect, ())
    loop = asyncio.get_running_loop()
    told: asyncio.Future[tuple[int, Any]] = loop.create_future()

    @store.subscribe(select=len, via=loop.call_soon_threadsafe)
    def listener(length: int) -> None:
        told.set_result((length, asyncio.get_running_loop()))

    elsewhere(lambda: store.dispatch("a"))
    assert not told.done()
    assert await told == (1, loop)


def test_an_unsubscribed_listener_is_not_kept_alive_even_if_it_ended_inside_its_own_call():
    class Widget:
        def changed(self, _: Actions) -> None:
            ends.pop()()

    store: Store[Actions] = Store(collect, ())
    widget = Widget()
    alive = weakref.ref(widget)
    ends = [store.subscribe(widget.changed)]
    store.dispatch("a")
    del widget
    gc.collect()
    assert alive() is None


def test_ten_thousand_listeners_come_and_go():
    store: Store[Actions] = Store(collect, ())
    told: list[Actions] = []
    ends = [store.subscribe(told.append) for _ in range(10_000)]
    store.dispatch("a")
    assert len(told) == 10_000
    for end in ends:
        end()
    store.dispatch("b")
    assert len(told) == 10_000


def test_a_garbage_collected_subscription_does_not_disturb_the_notification_under_way():
    class Ending:
        def __init__(self) -> None:
            self.itself = self
            self.end = store.subscribe(lambda _: None)

        def __del__(self) -> None:
            self.end()

    store: Store[Actions] = Store(collect, ())
    told: list[Actions] = []
    Ending()
    store.subscribe(lambda _: gc.collect())
    store.subscribe(told.append)
    store.dispatch("a")
    store.dispatch("b")
    assert told == [("a",), ("a", "b")]
