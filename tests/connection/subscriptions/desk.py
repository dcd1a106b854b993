"""Subscriptions on a socket without a network: what is sent is kept, what is heard is said by the test."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable
from dataclasses import dataclass, field, replace
from itertools import count
from typing import Any

from socketstore import (
    Acknowledged,
    Action,
    ConnectionState,
    JustDisconnected,
    NotOpen,
    Refused,
    Store,
    Subscribed,
    SubscriptionRefused,
    Subscriptions,
    Unsubscribed,
    connection_state,
)
from socketstore.connection.feed import Feed
from socketstore.connection.session import Session
from socketstore.connection.subscriptions.subscribing import Subscribing
from socketstore.decoding.decoder import encode_default
from socketstore.sockets.eventually import Eventually
from tests.sockets.peers import rounds

Words = tuple[tuple[str, ...], ...]


class WantedChanged(Action):
    keys: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class App:
    """The state of the tests: what is wanted, where the connection stands, and what was said of subscriptions."""

    wanted: tuple[str, ...] = ()
    connection: ConnectionState = field(default_factory=ConnectionState)
    said: Words = ()


def app(state: App, action: object) -> App:
    state = replace(state, connection=connection_state(state.connection, action))
    match action:
        case WantedChanged(keys=keys):
            return replace(state, wanted=keys)
        case Subscribed(keys=keys) | Unsubscribed(keys=keys):
            return replace(state, said=(*state.said, (type(action).__name__, *keys)))
        case SubscriptionRefused(keys=keys, reason=reason):
            return replace(state, said=(*state.said, (type(action).__name__, *keys, reason)))
    return state


def acknowledged(content: Any) -> Any:
    """Read the answers of the servers in these tests."""
    match content:
        case {"ok": keys}:
            return Acknowledged(*keys)
        case {"no": keys, "why": reason}:
            return Refused(*keys, reason=reason)
        case {"done": id}:
            return Acknowledged(to=id)
        case {"failed": id, "why": reason}:
            return Refused(to=id, reason=reason)
        case {"left": _}:
            return Acknowledged()
    return None


def subscribe(keys: tuple[str, ...]) -> Any:
    return {"sub": keys}


def unsubscribe(keys: tuple[str, ...]) -> Any:
    return {"unsub": keys}


def subscriptions(**changes: Any) -> Subscriptions[App]:
    """Subscriptions that are acknowledged, unless told otherwise."""
    given: dict[str, Any] = {
        "select": lambda state: state.wanted,
        "subscribe": subscribe,
        "unsubscribe": unsubscribe,
        "acknowledged": acknowledged,
    }
    return Subscriptions(**{**given, **changes})


def by_id(**changes: Any) -> Subscriptions[App]:
    """Subscriptions whose answers name the message."""
    ids = count(1)
    return subscriptions(
        subscribe=lambda keys: {"sub": keys, "id": next(ids)},
        unsubscribe=lambda keys: {"unsub": keys, "id": next(ids)},
        message_id=lambda message: message["id"],
        **changes,
    )


class Line:
    """A socket that keeps what is sent, and when, in the time of the event loop."""

    def __init__(self) -> None:
        self.sent: list[Any] = []
        self.times: list[float] = []
        self.closing = False

    def send(self, data: str | bytes) -> Awaitable[None]:
        if self.closing:
            message = "closing"
            raise NotOpen(message)
        self.sent.append(json.loads(data))
        self.times.append(asyncio.get_running_loop().time())
        return Eventually(lambda: rounds(0))


class Desk:
    """The subscriptions of a connection, whose sockets the test opens and closes."""

    def __init__(self, of: Subscriptions[App] | None = None, *wanted: str) -> None:
        self.store = Store(app, App(wanted=wanted))
        self.part = Subscribing(of or subscriptions())
        self.line = Line()
        self.session: Session | None = None
        self.epoch = 0

    def open(self, *, ready: bool = True) -> None:
        self.line = Line()
        self.epoch += 1
        feed = Feed("default", self.store, lambda: 0.0)
        self.session = Session(feed, self.line, self.epoch, encode_default, print, print, print, print)  # type: ignore[arg-type]
        self.part.opened(self.session)
        if ready:
            self.part.ready(self.session)

    def close(self) -> None:
        assert self.session is not None
        self.line.closing = True
        self.session.finish()
        self.part.closed(self.session)
        self.store.dispatch(JustDisconnected(epoch=self.epoch))

    async def want(self, *keys: str) -> None:
        """Want other keys, and let that be acted on."""
        self.store.dispatch(WantedChanged(keys=keys))
        await rounds(3)

    async def hear(self, message: Any) -> bool:
        """Have the server say something, and let that be acted on; tell whether it was consumed."""
        consumed = self.part.consumes(json.dumps(message))
        await rounds(3)
        return consumed

    @property
    def sent(self) -> list[Any]:
        return self.line.sent

    @property
    def said(self) -> Words:
        return self.store.state.said

    @property
    def connection(self) -> ConnectionState:
        return self.store.state.connection

    @property
    def refused(self) -> dict[str, str]:
        return dict(self.connection.refused)
