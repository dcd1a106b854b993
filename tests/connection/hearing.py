"""A server that writes down what each of its sockets is told."""

from __future__ import annotations

import asyncio
from typing import Any

from socketstore import ConnectionEvent, MessageEvent, WebSocketServer
from socketstore.sockets.websocket import WebSocket


class HearingServer(WebSocketServer):
    """Keeps what comes, socket by socket; answers nothing unless told to."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.heard: list[list[str | bytes]] = []
        self.sockets: list[WebSocket] = []
        self._more = asyncio.Event()
        self.add_listener("connection", self._welcome)

    def _welcome(self, event: ConnectionEvent) -> None:
        messages: list[str | bytes] = []
        self.heard.append(messages)
        self.sockets.append(event.socket)

        def hear(message: MessageEvent) -> None:
            messages.append(message.data)
            self._more.set()
            self.answer(event.socket, message.data)

        event.socket.add_listener("message", hear)
        self._more.set()

    def answer(self, socket: WebSocket, data: str | bytes) -> None:
        """Answer a message; a subclass does."""

    @property
    def all_heard(self) -> list[str | bytes]:
        return [message for messages in self.heard for message in messages]

    async def until(self, count: int) -> list[str | bytes]:
        """Wait until so many messages have come, over all sockets."""
        async with asyncio.timeout(10):
            while len(self.all_heard) < count:
                self._more.clear()
                await self._more.wait()
        return self.all_heard
