"""How `focus` and `differences` are used, for the eyes of mypy and pyright; a test runs it as well.

A line with ``type: ignore`` is a mistake that the types must find: mypy complains when it does not.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, assert_type

from immutables import Map
from pydantic import BaseModel, ConfigDict

from socketstore import (
    Difference,
    Focus,
    Logger,
    Middleware,
    Store,
    check_purity,
    check_serializable,
    differences,
    focus,
    logger,
)


class Limits(BaseModel):
    model_config = ConfigDict(frozen=True)
    most: int = 10


@dataclass(frozen=True, slots=True)
class Book:
    bid: float = 0.0
    trades: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class User:
    name: str


@dataclass(frozen=True, slots=True)
class App:
    books: Map[str, Book] = field(default_factory=Map)
    names: dict[str, str] = field(default_factory=dict)
    limits: Limits = field(default_factory=Limits)
    user: User | None = None


def each_way_returns_the_whole_state(state: App) -> App:
    bid = focus(state, lambda s: s.books["BTC"].bid)
    assert_type(bid, Focus[App, float])
    assert_type(bid.value, float)
    state = bid.set(3.5)
    state = focus(state, lambda s: s.limits.most).update(lambda most: most + 1)
    state = focus(state, lambda s: s.books["BTC"].trades).update(lambda trades: (*trades, 3.5))
    state = focus(state, lambda s: s.names["BTC"]).update(lambda name: name.upper(), default="bitcoin")
    return assert_type(focus(state, lambda s: s.books["ETH"]).remove(), App)


def what_may_be_none_is_narrowed_first(state: App) -> App:
    if state.user is None:
        return focus(state, lambda s: s.user).set(User("nobody"))
    user = focus(state.user, lambda user: user.name).set("Ada")
    return focus(state, lambda s: s.user).set(user)


def mistakes_are_found(state: App) -> None:
    focus(state, lambda s: s.books["BTC"].bid).set("high")  # type: ignore[arg-type]
    focus(state, lambda s: s.limits.most).update(lambda most: str(most))  # type: ignore[arg-type, return-value]
    focus(state, lambda s: s.names["BTC"]).update(lambda name: name, default=3)  # type: ignore[call-overload]
    focus(state, lambda s: s.user.name)  # type: ignore[union-attr]
    focus(state, lambda s: s.nothing)  # type: ignore[attr-defined]


def differences_are_typed(before: App, after: App) -> list[Difference]:
    return assert_type(differences(before, after, limit=3), list[Difference])


def development_middleware_fits_any_store(initial: App) -> Store[App]:
    layers: list[Middleware[Any]] = [logger, Logger(write=print, diff=False), check_serializable, check_purity]
    Store(_same, initial, middleware=[logger, check_serializable, check_purity])
    return Store(_same, initial, middleware=layers)


def _same(state: App, action: object) -> App:
    return state
