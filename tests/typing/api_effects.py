"""How effects, thunks and requests are used, for the eyes of mypy and pyright; a test runs it as well.

A line with ``type: ignore`` is a mistake that the types must find: mypy complains when it does not.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, assert_type

from socketstore import (
    Action,
    EffectRun,
    Effects,
    RequestFulfilled,
    Slice,
    Store,
    async_request,
    thunk,
)


@dataclass(frozen=True, slots=True)
class Shop:
    placed: int = 0
    confirmed: int = 0


class OrderPlaced(Action):
    id: int


class OrderConfirmed(Action):
    id: int


def shop(state: Shop, action: object) -> Shop:
    match action:
        case OrderPlaced():
            return replace(state, placed=state.placed + 1)
        case OrderConfirmed():
            return replace(state, confirmed=state.confirmed + 1)
    return state


def a_failure_is_told(error: Exception, action: Any, effect: Callable[..., Any]) -> None:
    assert_type(str(error), str)


effects: Effects[Shop] = Effects(on_error=a_failure_is_told)


@effects.on(OrderPlaced)
async def confirm(action: OrderPlaced, run: EffectRun[Shop]) -> None:
    assert_type(run.before, Shop)
    assert_type(run.after.placed, int)
    assert_type(run.store, Store[Shop])
    run.dispatch(OrderConfirmed(id=action.id))
    assert_type(await run.condition(lambda state: state.confirmed > 0, timeout=5), Shop)


@effects.on(OrderPlaced)
async def listen(action: OrderPlaced, run: EffectRun[Shop]) -> None:
    assert_type(await run.take(OrderConfirmed), OrderConfirmed)
    either = run.take(OrderPlaced, OrderConfirmed, timeout=1)
    either.close()
    async for confirmed in run.actions(OrderConfirmed):
        assert_type(confirmed, OrderConfirmed)


async def takes_are_typed(run: EffectRun[Shop]) -> None:
    assert_type(await run.take(OrderPlaced, OrderConfirmed), OrderPlaced | OrderConfirmed)
    assert_type(await run.take(lambda action: action == 1), Any)
    fork = run.fork(asyncio.sleep(0, "slept"))
    assert_type(await fork, str)


@effects.take_latest(OrderPlaced, OrderConfirmed)
async def either(action: OrderPlaced | OrderConfirmed, run: EffectRun[Shop]) -> None: ...


class OrderCancelled(Action):
    id: int


@effects.on(OrderPlaced, OrderConfirmed, OrderCancelled)
async def any_of_three(action: OrderPlaced | OrderConfirmed | OrderCancelled, run: EffectRun[Shop]) -> None: ...


async def three_are_typed(run: EffectRun[Shop]) -> None:
    taken = await run.take(OrderPlaced, OrderConfirmed, OrderCancelled)
    assert_type(taken, OrderPlaced | OrderConfirmed | OrderCancelled)
    async for action in run.actions(OrderPlaced, OrderConfirmed, OrderCancelled):
        assert_type(action, OrderPlaced | OrderConfirmed | OrderCancelled)


def an_effect_for_two_of_three_is_refused() -> None:
    def wrong(action: OrderPlaced | OrderConfirmed, run: EffectRun[Shop]) -> None: ...

    Effects[Shop]().on(OrderPlaced, OrderConfirmed, OrderCancelled)(wrong)  # type: ignore[arg-type]
    Effects[Shop]().debounce(1, OrderPlaced, OrderConfirmed, OrderCancelled)(wrong)  # type: ignore[arg-type]


@effects.debounce(0.3, OrderPlaced)
def after_quiet(action: OrderPlaced, run: EffectRun[Shop]) -> None: ...


@effects.throttle(0.3, lambda action: isinstance(action, OrderPlaced))
def now_and_then(action: object, run: EffectRun[Shop]) -> None: ...


def an_effect_for_another_action_is_refused() -> None:
    def wrong(action: OrderConfirmed, run: EffectRun[Shop]) -> None: ...

    Effects[Shop]().on(OrderPlaced)(wrong)  # type: ignore[arg-type]


def an_effect_of_another_state_is_refused() -> None:
    def wrong(action: OrderPlaced, run: EffectRun[int]) -> None: ...

    Effects[Shop]().on(OrderPlaced)(wrong)  # type: ignore[arg-type]
    Store(shop, Shop(), middleware=[Effects[int]()])  # type: ignore[list-item]


class Customer(Action):
    id: int
    name: str


@async_request
async def fetch_customer(customer_id: int) -> Customer:
    return Customer(id=customer_id, name="Ada")


@async_request(name="customers/all")
async def fetch_all(*, limit: int = 10) -> list[Customer]:
    return []


@async_request(condition=lambda state, customer_id: customer_id > 0)
async def fetch_some(customer_id: int) -> Customer:
    return Customer(id=customer_id, name="Ada")


names: Slice[tuple[str, ...]] = Slice(())


@names.on(fetch_customer.fulfilled)
def loaded(names: tuple[str, ...], action: RequestFulfilled[Customer]) -> tuple[str, ...]:
    return (*names, action.result.name)


async def requests_are_typed() -> None:
    store = Store(names, names.initial, middleware=[thunk])
    assert_type(await fetch_customer(42)(store), Customer)
    assert_type(await fetch_customer(customer_id=42).with_id("mine")(store), Customer)
    assert_type(await fetch_all(limit=3)(store), list[Customer])
    assert_type(await fetch_some(0)(store), Customer | None)
    assert_type(await store.dispatch(fetch_customer(42)), Any)  # dispatch does not know what a thunk returns


def the_wrong_arguments_are_refused() -> None:
    fetch_customer("first")  # type: ignore[arg-type]


def no_arguments_are_refused() -> None:
    fetch_customer()  # type: ignore[call-arg]


async def a_request_without_a_store_is_refused() -> None:
    await fetch_customer(42)  # type: ignore[misc]


def a_request_is_an_async_def() -> None:
    def fetch(customer_id: int) -> Customer:
        return Customer(id=customer_id, name="Ada")

    async_request(fetch)  # type: ignore[arg-type]


async def main() -> None:
    store = Store(shop, Shop(), middleware=[thunk, effects])

    async def place(store: Store[Shop]) -> int:
        store.dispatch(OrderPlaced(id=1))
        return 1

    async with store:
        await store.dispatch(place)
        await store.wait_for(lambda state: state.confirmed == 1, timeout=5)
    await requests_are_typed()
    an_effect_for_another_action_is_refused()
    an_effect_of_another_state_is_refused()
