"""What a program says of its subscriptions: where the state tells what is wanted, and how a server is asked for it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable, Sequence
from dataclasses import dataclass
from types import NoneType
from typing import Any, Generic, TypeVar

from socketstore.connection.subscriptions.answers import Answer
from socketstore.errors import UsageError
from socketstore.sockets.options import expect

S = TypeVar("S")

_FUNCTION_OF_KEYS = "a function of a tuple of keys that returns one message"


@dataclass(frozen=True, kw_only=True)  # with slots `Subscriptions[App](...)` raises a TypeError in Python 3.11
class Subscriptions(Generic[S]):
    """Which subscriptions are wanted is read from the state; the connection asks for them, and ends them.

    ::

        Subscriptions(
            select=lambda state: state.wanted,
            subscribe=lambda keys: {"op": "subscribe", "channels": keys},
            unsubscribe=lambda keys: {"op": "unsubscribe", "channels": keys},
        )

    A subscription has a key: text, the same in `select`, in the functions below, in the actions (``Subscribed``,
    ``Unsubscribed``, ``SubscriptionRefused``) and in `ConnectionState`. One of several parts is written as one text
    (``"trades:BTC-USD"``) and taken apart where the message is made.

    What is wanted is compared with what the server follows after each change of the state, and after each open once
    ``on_open`` has come to its end. What is no longer wanted is ended first, then what is missing is asked for. On a
    new socket everything that is wanted is asked for again. While an answer is awaited nothing more is sent for that
    key; what is wanted by then decides.

    A function that raises is reported to the event loop's exception handler (`select` and `acknowledged` once, until
    they work again), and fails only what it was called for.

    Attributes:
        select: reads the keys that are wanted out of the state: any collection of text. They are asked for in its
            order, those of a set sorted. Called in the thread that dispatches, after each change: keep it short. Where
            it raises, or returns something else, what was wanted before still is.
        subscribe: makes one message for the keys it is given, never more than `batch`; sent as ``encode=`` says.
        unsubscribe: the same, to end them.
        acknowledged: reads what the server answered. It is called with the content of every message (its JSON value,
            or its text or bytes where it is no JSON) and returns an `Acknowledged`, a `Refused`, several of them in a
            list or tuple, or ``None`` for any other message. Without it a subscription counts from when it was sent.
        message_id: reads the id out of a message that `subscribe` or `unsubscribe` made, for servers whose answers
            name that instead of keys: ``Acknowledged(to=id)``.
        batch: how many keys one message may hold; ``None``: any number.
        pause: seconds between two messages, for servers that limit their rate. What the outbox holds does not wait
            for those that come later.
        timeout: seconds after which a subscription without an answer counts as refused. An answer that comes later
            counts all the same. ``None``: an answer is awaited for ever.

    Raises:
        UsageError: an argument cannot be used.
    """

    select: Callable[[S], Collection[str]]
    subscribe: Callable[[tuple[str, ...]], Any]
    unsubscribe: Callable[[tuple[str, ...]], Any]
    acknowledged: Callable[[Any], Answer | Sequence[Answer] | None] | None = None
    message_id: Callable[[Any], Hashable] | None = None
    batch: int | None = None
    pause: float = 0.0
    timeout: float | None = 10.0

    def __post_init__(self) -> None:
        """Refuse what cannot be called, and figures that make no sense."""
        expect(self.select, "select", Callable, "a function of the state that returns a collection of keys")
        expect(self.subscribe, "subscribe", Callable, _FUNCTION_OF_KEYS)
        expect(self.unsubscribe, "unsubscribe", Callable, _FUNCTION_OF_KEYS)
        expect(self.acknowledged, "acknowledged", (Callable, NoneType), "a function of a message's content, or None")
        expect(self.message_id, "message_id", (Callable, NoneType), "a function of one message, or None")
        expect(self.batch, "batch", (int, NoneType), "a number of keys, or None")
        expect(self.pause, "pause", (int, float), "seconds")
        expect(self.timeout, "timeout", (int, float, NoneType), "seconds, or None to wait for ever")
        if not self._is_sound():
            message = (
                f"got batch={self.batch}, pause={self.pause}, timeout={self.timeout}; expected batch >= 1, pause >= 0 "
                "and timeout > 0"
            )
            raise UsageError(message)
        if self.message_id is not None and self.acknowledged is None:
            message = "got message_id= without acknowledged=; expected both: the answers are read by acknowledged="
            raise UsageError(message)

    def _is_sound(self) -> bool:
        return (
            (self.batch is None or self.batch >= 1) and self.pause >= 0 and (self.timeout is None or self.timeout > 0)
        )
