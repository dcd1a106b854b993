"""How subscriptions are used, for the eyes of mypy and pyright; a test runs it as well.

A line with ``type: ignore`` is a mistake that the types must find: mypy complains when it does not.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Literal

from pydantic import BaseModel

from socketstore import (
    Acknowledged,
    Connection,
    Refused,
    Store,
    Subscribed,
    SubscriptionRefused,
    Subscriptions,
    Unsubscribed,
)


@dataclass(frozen=True, slots=True)
class App:
    wanted: frozenset[str] = frozenset()
    followed: tuple[str, ...] = ()
    why_not: str = ""


@dataclass(frozen=True, slots=True)
class Other:
    charts: tuple[str, ...] = ()


class Request(BaseModel, frozen=True):
    op: Literal["subscribe", "unsubscribe"]
    channels: tuple[str, ...]


def app(state: App, action: object) -> App:
    match action:
        case Subscribed(keys=keys):
            return replace(state, followed=(*state.followed, *keys))
        case Unsubscribed(keys=keys):
            return replace(state, followed=tuple(key for key in state.followed if key not in keys))
        case SubscriptionRefused(reason=reason):
            return replace(state, why_not=reason)
    return state


def acknowledged(content: Any) -> Acknowledged | Refused | None:
    match content:
        case {"type": "subscribed", "channel": str(channel)}:
            return Acknowledged(channel)
        case {"type": "error", "channel": str(channel), "message": str(message)}:
            return Refused(channel, reason=message)
    return None


def several(content: Any) -> list[Acknowledged | Refused]:
    return [Acknowledged(*content["done"], to=content["id"], consumed=False), Refused(to=content["id"])]


subscriptions: Subscriptions[App] = Subscriptions(
    select=lambda state: state.wanted,
    subscribe=lambda keys: Request(op="subscribe", channels=keys),
    unsubscribe=lambda keys: Request(op="unsubscribe", channels=keys),
    acknowledged=acknowledged,
    batch=50,
    pause=0.2,
    timeout=5,
)

others: Subscriptions[Other] = Subscriptions(
    select=lambda state: state.charts,
    subscribe=lambda keys: {"op": "sub", "args": keys, "id": 1},
    unsubscribe=lambda keys: {"op": "unsub", "args": keys, "id": 2},
    acknowledged=several,
    message_id=lambda message: message["id"],
)


def a_connection_reads_its_own_state(url: str) -> Connection:
    return Connection(url, Store(app, App()), subscriptions=subscriptions)


def a_selector_of_another_state_is_refused(url: str) -> None:
    Connection(url, Store(app, App()), subscriptions=others)  # type: ignore[misc]


async def a_key_can_be_asked_for_again(connection: Connection) -> None:
    await connection.resubscribe("trades", "ticker")


def a_key_is_text() -> None:
    Acknowledged(7)  # type: ignore[arg-type]


def a_selector_returns_a_collection() -> None:
    wrong: Subscriptions[App] = Subscriptions(
        select=lambda state: len(state.wanted),  # type: ignore[arg-type, return-value]
        subscribe=lambda keys: keys,
        unsubscribe=lambda keys: keys,
    )
    assert wrong is not None
