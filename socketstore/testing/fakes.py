"""Fake sockets for a connection, which makes one for each attempt."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from socketstore.testing.fake import FakeSocket


class FakeSockets:
    """Makes the sockets of a connection, without a network, and hands them to the test.

    ::

        sockets = FakeSockets()
        async with Connection("ws://feed", store, make_socket=sockets.make):
            socket = await sockets.next()
            await socket.receive("Hello!")
            assert store.state.lines == ("Hello!",)

    Args:
        answer: called with each socket when the program begins to open it: it may `accept` (the default), `refuse` or
            `fail` it, and let the server go on from there. With a function that does nothing the test does so later.

    Attributes:
        all: the sockets made so far, in order.
    """

    def __init__(self, answer: Callable[[FakeSocket], object] = FakeSocket.accept) -> None:
        self.all: list[FakeSocket] = []
        self._answer = answer
        self._begun: set[FakeSocket] = set()
        self._next: asyncio.Queue[FakeSocket] = asyncio.Queue()

    def make(self, url: str, **options: Any) -> FakeSocket:
        """Make the socket of an attempt: for ``make_socket=``."""
        socket = FakeSocket(url, answer=self._begin, **options)
        self.all.append(socket)
        return socket

    async def next(self) -> FakeSocket:
        """Wait for the next socket that the program begins to open; each is returned once, in order. Safe to cancel."""
        return await self._next.get()

    def _begin(self, socket: FakeSocket) -> None:
        if socket not in self._begun:  # and not led on by a redirect
            self._begun.add(socket)
            self._next.put_nowait(socket)
        self._answer(socket)
