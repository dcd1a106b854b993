"""What a connection says of what the program sends: messages that were not sent, and subscriptions."""

from __future__ import annotations

from socketstore.actions.payload import Payload
from socketstore.actions.socket import SocketAction


class MessageDropped(SocketAction):
    """A message that waited in the outbox will not be sent: it was too old, there was no room, or it was closed."""

    data: Payload
    reason: str = ""


class Subscribed(SocketAction):
    """The server sends what these subscriptions name: it has said so, or it says nothing and has been asked."""

    keys: tuple[str, ...] = ()


class Unsubscribed(SocketAction):
    """These are no longer followed: the server was told so, or they had been refused and are not wanted any more."""

    keys: tuple[str, ...] = ()


class SubscriptionRefused(SocketAction):
    """The server does not send what these name: it refused, ended them by itself, or did not answer.

    It is asked again after the next open, or once they were not wanted meanwhile.
    """

    keys: tuple[str, ...] = ()
    reason: str = ""
