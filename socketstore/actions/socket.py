"""What a connection says of its socket: when it opens, what it brings, how it ends, when it is tried again."""

from __future__ import annotations

from socketstore.actions.action import Action
from socketstore.actions.payload import Payload


class SocketAction(Action):
    """Base of what a connection says.

    Attributes:
        connection: the name of the connection.
        at: Unix time in seconds.
        epoch: 1, 2, ...: how many times this connection has opened its socket; ``None`` while the word is not from
            an open socket. Tells a late word of an old socket apart.
    """

    connection: str = "default"
    at: float = 0.0
    epoch: int | None = None


class AskedForCredentials(SocketAction):
    """``url=`` or ``headers=`` is a function, and was called for this attempt; `Connecting` comes with its answer."""

    attempt: int = 1


class Connecting(SocketAction):
    """An attempt to open the socket has begun; `attempt` counts from 1 since the last success."""

    url: str = ""
    attempt: int = 1


class JustConnected(SocketAction):
    """The socket is open."""

    url: str = ""
    subprotocol: str | None = None


class GotMessage(SocketAction):
    """A message came: its text or bytes, or the value that ``messages=`` made of it."""

    data: Payload


class GotError(SocketAction):
    """The attempt went wrong; `error` is the name of the exception's class. A `JustDisconnected` follows."""

    error: str = ""
    message: str = ""


class JustDisconnected(SocketAction):
    """The attempt is over: the last word of each one, also of one that never opened (RFC 6455, section 7.1.5).

    `dropped` messages had come, and were not dispatched: the socket was cut on this side, its closing took too long, or
    more messages than ``max_rejected`` had been rejected before.
    """

    code: int = 1006
    reason: str = ""
    clean: bool = False
    dropped: int = 0


class ReconnectScheduled(SocketAction):
    """The next attempt will begin in `delay` seconds; `attempt` is its number, `reason` why there is one."""

    attempt: int = 1
    delay: float = 0.0
    reason: str = ""


class ReconnectCancelled(SocketAction):
    """There will be no next attempt: the connection was closed, or ran out of time, while it waited for one."""


class GaveUp(SocketAction):
    """There will be no next attempt: ``retry=`` said so, or there have been ``max_attempts``.

    `error` is the name of the exception's class (empty after a clean close), `message` says what to do.
    """

    error: str = ""
    message: str = ""
    attempts: int = 1


class MessageRejected(SocketAction):
    """A message could not be read, or the reducer raised on it; it is kept in `raw`, and the connection lives on."""

    raw: Payload
    reason: str = ""
