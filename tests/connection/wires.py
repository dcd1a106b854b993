"""The sending half of a connection on a bench: a wire that a test opens, blocks and cuts as it likes."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Awaitable, Hashable
from typing import Any, cast

from socketstore import MessageDropped, NotOpen, Outbox
from socketstore.connection.feed import Feed
from socketstore.connection.outgoing.message import Message
from socketstore.connection.outgoing.sender import Sender
from socketstore.connection.outgoing.writer import WRITE_AHEAD
from socketstore.connection.session import Session
from socketstore.sockets.eventually import Eventually
from tests.connection.diary import new_diary


class Wire:
    """Takes messages as a socket does; a blocked one keeps them in its buffer."""

    def __init__(self, *, takes: float = math.inf) -> None:
        self.written: list[Any] = []
        self.closing = False
        self.buffered_amount = 0
        self.takes = takes
        self._drained = asyncio.Event()

    def send(self, data: str | bytes) -> Awaitable[None]:
        if self.closing:
            raise NotOpen("closing")
        self.written.append(data)
        if self.takes > 0:
            self.takes -= 1
        else:
            self._drained.clear()
            self.buffered_amount += WRITE_AHEAD + len(data)
        return Eventually(self._drain)

    def unblock(self, takes: float = math.inf) -> None:
        """Empty the buffer, and take so many more."""
        self.takes, self.buffered_amount = takes, 0
        self._drained.set()

    async def _drain(self) -> None:
        if self.buffered_amount:
            await self._drained.wait()


class Bench:
    """A `Sender`, and a store that writes down what it says."""

    def __init__(self, outbox: Outbox | None) -> None:
        self.store = new_diary()
        self.sender = Sender(outbox, Feed("bench", self.store, lambda: 0.0))
        self.wire = Wire()
        self.epoch = 0
        self.session: Session | None = None
        self.sender.begin()

    def send(self, data: str | bytes, *, key: Hashable = None, ttl: float = math.inf) -> Awaitable[None]:
        return self.sender.take(Message(data, key=key, ttl=ttl))

    def open(self, *, ready: bool = True, takes: float = math.inf) -> Wire:
        """Open a socket; what waits is written if it is `ready`."""
        self.epoch += 1
        self.wire = Wire(takes=takes)
        self.session = Session(
            self.sender._feed, cast(Any, self.wire), self.epoch, str, nothing, nothing, nothing, nothing
        )
        self.sender.opened(self.session)
        if ready:
            self.ready()
        return self.wire

    def ready(self) -> None:
        if self.session is not None:
            self.session.greeted = True
            self.sender.ready(self.session)

    async def cut(self) -> None:
        """Let the socket close, as an attempt does."""
        session, self.session = self.session, None
        if session is not None:
            left = session.finish()
            self.sender.closed(session)
            await asyncio.gather(*left, return_exceptions=True)

    @property
    def dropped(self) -> list[Any]:
        """What was said to be dropped."""
        return [action.data for action in self.store.state if isinstance(action, MessageDropped)]

    @property
    def left(self) -> list[Any]:
        """What waits."""
        return [message.data for message in self.sender._line]


def nothing(*_: Any) -> None:
    """Do nothing."""
