"""What the tests of replaying record: a purse, with names that no other test gives to its actions."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any

from socketstore import Action, Log, Store, record


class CoinAdded(Action):
    worth: int


class CoinStolen(Action):
    """On which `purse` raises if there is nothing left."""


class PurseEmpty(Exception):
    pass


@dataclass(frozen=True, slots=True)
class Purse:
    total: int = 0
    coins: tuple[int, ...] = ()
    tags: frozenset[str] = frozenset()


def purse(state: Purse, action: object) -> Purse:
    match action:
        case CoinAdded(worth=worth):
            return replace(state, total=state.total + worth, coins=(*state.coins, worth)[-3:])
        case CoinStolen():
            if not state.coins:
                message = "nothing left"
                raise PurseEmpty(message)
            return replace(state, total=state.total - state.coins[-1], coins=state.coins[:-1])
    return state


def filled(log: Log, *actions: Any) -> Purse:
    """Dispatch actions to a store that records into the log, and return its state."""
    store = Store(purse, Purse(), middleware=[record(log)])
    for action in actions:
        with suppress(PurseEmpty):
            store.dispatch(action)
    return store.state


def coins(*worths: int) -> list[CoinAdded]:
    return [CoinAdded(worth=worth) for worth in worths]
