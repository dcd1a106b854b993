"""What a program may say over a connection."""

from __future__ import annotations

import math
from collections.abc import Awaitable, Hashable
from dataclasses import replace
from types import NoneType
from typing import Any

from socketstore.connection.outgoing.message import Message
from socketstore.connection.outgoing.outbox import Waiting, check_ttl
from socketstore.connection.outgoing.replies import Reply, check_reply
from socketstore.connection.outgoing.requests import Requests
from socketstore.connection.outgoing.sender import Sender
from socketstore.decoding.decoder import Encode
from socketstore.errors import UsageError
from socketstore.sockets.options import expect


class Speaking:
    """The half of a connection that sends."""

    _sender: Sender
    _requests: Requests
    _encode: Encode

    @property
    def waiting(self) -> Waiting:
        """What has not been sent yet, and how many requests have no answer yet."""
        return replace(self._sender.waiting, requests=len(self._requests))

    def send(self, message: Any, *, key: Hashable = None, ttl: float | None = None) -> Awaitable[None]:
        """Send a message: text or bytes as they are, anything else (an action, a model, a dict) as ``encode=`` says.

        While the socket is open it goes out at once; otherwise, or if others wait already, it waits in the outbox for
        its turn. It is encoded at the call, and sent at most once. What `on_open` sends goes out at once.

        Awaiting the result waits, while the socket is open, until the send buffer has room again: the way to be no
        faster than the other side reads. While it is not open it waits for nothing but, with ``when_full="wait"``, for
        room in the outbox; never for the next open. Cancelling that wait does not take the message back, unless it
        waits for room.

        Args:
            message: what to send.
            key: it takes the place of a message that waits under the same key: only the last cursor counts. It stands
                behind all others then.
            ttl: seconds after which it is dropped, if it still waits; ``None``: as the `Outbox` says.

        Raises:
            NotOpen: the connection was closed for good; or it is not open, and has no outbox.
            OutboxFull: there is no room for it, and nothing may be dropped.
            EncodeError: the message has no JSON form.
            ConnectionLost: when awaited: the socket broke while it stood in the send buffer.
            UsageError: this is not the connection's event loop, or an argument cannot be used.
        """
        check_ttl(ttl)
        _check_key(key)
        ttl = self._sender.ttl if ttl is None else ttl
        return self._sender.take(Message(self._encode(message), key=key, ttl=math.inf if ttl is None else ttl))

    async def request(
        self,
        message: Any,
        *,
        reply: Reply,
        timeout: float | None = 10.0,  # noqa: ASYNC109 - it is a promise, as of wait_for
        idempotent: bool = False,
    ) -> Any:
        """Send a message, and return the answer to it: its JSON value, or its text or bytes where it is no JSON.

        The answer goes to the caller alone: it is neither decoded nor dispatched. It is looked for from the moment in
        which the message is handed to the socket; of several requests that it would answer, the first one gets it.
        Safe to cancel: the request is forgotten then, and not sent if it still waits in the outbox.

        Args:
            message: what to send, as `send` takes it. While the socket is not open it waits in the outbox.
            reply: the ``id`` in the answer; or a function, called with the value of each message that comes, that
                tells the answer. If that raises, the request fails.
            timeout: seconds until the answer must be there, those in the outbox included; ``None``: for ever.
            idempotent: it does no harm if the message is sent twice. If its socket closes before the answer came, it
                is sent again after the next open.

        Raises:
            RequestTimeout: the answer did not come in time.
            ConnectionLost: the message was sent, and the socket closed before the answer came.
            NotOpen: the connection was closed for good before the message was sent; or is not open, without an outbox.
            OutboxFull: there was no room for it, or it had to make room for another one.
            EncodeError: the message has no JSON form.
            UsageError: an argument cannot be used, `reply` raised, or this is not the connection's event loop.
        """
        check_reply(reply)
        expect(timeout, "timeout", (int, float, NoneType), "seconds, or None to wait for ever")
        data = self._encode(message)
        return await self._requests.ask(data, reply, timeout, idempotent=idempotent)


def _check_key(key: object) -> None:
    try:
        hash(key)
    except TypeError as error:
        message = f"got key={key!r:.200}; expected something hashable, such as text"
        raise UsageError(message) from error
