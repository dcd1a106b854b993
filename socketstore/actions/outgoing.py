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
    """The server has been told that these are no longer wanted."""

    keys: tuple[str, ...] = ()


class SubscriptionRefused(SocketAction):
    """The server will not send what these name, or did not answer; it is asked again after the next open."""

    keys: tuple[str, ...] = ()
    reason: str = ""
