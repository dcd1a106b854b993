"""What a connection may be told: what is expected of each argument."""

from __future__ import annotations

from collections.abc import Callable
from types import NoneType
from typing import Any

from socketstore.connection.backoff import Backoff
from socketstore.connection.outgoing.outbox import Outbox
from socketstore.connection.streams.definition import Streams
from socketstore.connection.subscriptions.definition import Subscriptions
from socketstore.connection.wire_log import is_wire_log
from socketstore.errors import UsageError
from socketstore.sockets.options import expect
from socketstore.store.store import Store

EXPECTED: dict[str, tuple[Any, str]] = {
    "store": (Store, "a Store"),
    "name": (str, "text"),
    "encode": ((Callable, NoneType), "a function of one message"),
    "reconnect": ((Backoff, NoneType), "a Backoff, or None for a single attempt"),
    "retry": (Callable, "a function of how an attempt ended"),
    "max_attempts": ((int, NoneType), "a number of attempts, or None"),
    "streams": ((Streams, NoneType), "a Streams, or None"),
    "on_open": ((Callable, NoneType), "a function of the connection"),
    "max_rejected": ((int, NoneType), "a number of messages, or None"),
    "subscriptions": ((Subscriptions, NoneType), "Subscriptions, or None"),
    "outbox": ((Outbox, NoneType), "an Outbox, or None to send only while the socket is open"),
    "clock": (Callable, "a function that returns Unix seconds"),
    "make_socket": (Callable, "a function that makes a WebSocket"),
}
"""By name: the types that an argument may have, and the same in words."""


def check_arguments(*, log: object, **given: Any) -> None:
    """Return if each argument is what its name promises.

    Raises:
        UsageError: one is not; the message names it.
    """
    for name, value in given.items():
        expect(value, name, *EXPECTED[name])
    if log is not None and not is_wire_log(log):
        message = f"got log={log!r:.200}; expected a log that is open for writing, as open_log returns it"
        raise UsageError(message)
