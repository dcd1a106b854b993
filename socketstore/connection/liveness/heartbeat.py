"""What a connection is told of heartbeats: those that it sends, and those that it answers."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from types import NoneType
from typing import Any

from socketstore.errors import UsageError
from socketstore.sockets.options import expect


@dataclass(frozen=True, slots=True)
class Heartbeat:
    """A message that is sent again and again while the socket is open, and what answers it.

    The first one is sent `interval` seconds after ``on_open`` has come to its end. One is on its way at a time: where
    the reply takes longer than `interval`, the next one waits for it. A reply is for the connection alone: it is not
    decoded, and it does not count as a message that came (see ``stale_after``).

    Attributes:
        interval: seconds from one to the next.
        message: what is sent, encoded as `Connection.send` does; or a plain function that gives it each time.
        is_reply: called with the content of a message that came (its JSON value, or text or bytes that are none) and
            the heartbeat that was sent; tells whether the one answers the other. Asked only while a reply is awaited.
            ``None``: there is no reply, the heartbeat is only sent.
        timeout: seconds that the reply may take, before the socket is given up with `ConnectionSilent`; ``None``: as
            long as `interval`; ``math.inf``: for ever, it is only measured.
    """

    interval: float
    message: Any
    is_reply: Callable[[Any, Any], bool] | None = None
    timeout: float | None = None

    def __post_init__(self) -> None:
        """Refuse what cannot be kept up."""
        check_seconds(self.interval, "interval")
        check_plain(self.message, "message")
        if self.is_reply is not None:
            expect(self.is_reply, "is_reply", Callable, "a function of what came and of the heartbeat, or None")
            check_takes(self.is_reply, "is_reply", "what came and the heartbeat that was sent", 2)
        if self.timeout is not None:
            check_seconds(self.timeout, "timeout")
        if self.timeout is not None and self.is_reply is None:
            message = (
                f"got timeout={self.timeout!r} without is_reply=; expected is_reply=, which tells what is waited for"
            )
            raise UsageError(message)


@dataclass(frozen=True, slots=True)
class ServerHeartbeat:
    """A message that the server sends again and again, and that must be answered, or means nothing to the program.

    It is for the connection alone: it is not decoded, and it does not count as a message that came (see
    ``stale_after``). It is answered at once, also while ``on_open`` runs. Every message is read as JSON to find it.

    Attributes:
        is_heartbeat: called with the content of each message (its JSON value, or text or bytes that are none); tells
            whether it is one.
        answer: what is sent back, encoded as `Connection.send` does; or a plain function of the heartbeat's content
            that gives it. ``None``, also from the function: nothing.
        timeout: seconds without one, from the open on, after which the socket is given up with `ConnectionSilent`;
            ``None``: for ever.
    """

    is_heartbeat: Callable[[Any], bool]
    answer: Any = None
    timeout: float | None = None

    def __post_init__(self) -> None:
        """Refuse what cannot be asked."""
        expect(self.is_heartbeat, "is_heartbeat", Callable, "a function of what came")
        check_takes(self.is_heartbeat, "is_heartbeat", "what came", 1)
        check_plain(self.answer, "answer")
        if callable(self.answer):
            check_takes(self.answer, "answer", "the heartbeat that came", 1)
        if self.timeout is not None:
            check_seconds(self.timeout, "timeout")


def check_seconds(value: object, name: str) -> None:
    """Return if this is a time that passes.

    Raises:
        UsageError: it is not.
    """
    expect(value, name, (int, float), "seconds")
    if not (isinstance(value, (int, float)) and value > 0):
        message = f"got {name}={value!r}; expected more than 0 seconds"
        raise UsageError(message)


def check_plain(value: object, name: str) -> None:
    """Return if this is a message, or a function that gives one without waiting.

    Raises:
        UsageError: it is an ``async def``.
    """
    if inspect.iscoroutinefunction(value):
        message = f"got {name}={value!r}; expected a message, or a plain function that gives one"
        raise UsageError(message)


def check_takes(function: Callable[..., Any], name: str, what: str, count: int) -> None:
    """Return if a function can be called with so many arguments; where nobody can tell, it can.

    Raises:
        UsageError: it cannot.
    """
    try:
        signature = inspect.signature(function)
    except (TypeError, ValueError):
        return
    try:
        signature.bind(*[NoneType] * count)
    except TypeError as error:
        message = f"got {name}={function!r}; expected a function of {what}: {error}"
        raise UsageError(message) from error
    if inspect.iscoroutinefunction(function):
        message = f"got {name}={function!r}; expected a plain function"
        raise UsageError(message)
