"""A server that answers."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from socketstore.sockets.events import ConnectionEvent, MessageEvent, ReadyState
from socketstore.sockets.server import WebSocketServer
from socketstore.sockets.websocket import WebSocket


class EchoServer(WebSocketServer):
    """Sends each message back, and calls out at intervals if told so.

    Args:
        host: as for `WebSocketServer`.
        port: as for `WebSocketServer`.
        call_every: seconds between calls of ``Hello?`` to each client; ``None`` for none.
        say: is told what happens, one line at a time.
        **options: as for `WebSocketServer`.
    """

    def __init__(
        self,
        host: str = "127.0.0.1",
        port: int = 0,
        *,
        call_every: float | None = None,
        say: Callable[[str], object] = lambda _: None,
        **options: Any,
    ) -> None:
        super().__init__(host, port, **options)
        self._call_every = call_every
        self._say = say
        self.add_listener("connection", self._welcome)

    def _welcome(self, event: ConnectionEvent) -> None:
        self._say("client connecting...")
        socket = event.socket

        def echo(message: MessageEvent) -> None:
            self._say(f"received: {_shown(message.data)}")
            if socket.ready_state is ReadyState.OPEN:  # not when the client has closed right behind its message
                socket.send(message.data)

        socket.add_listener("message", echo)
        socket.add_listener("close", lambda _: self._say("Connection closed."))
        if self._call_every is not None:
            self._start(self._call(socket, self._call_every), "connection")

    async def _call(self, socket: WebSocket, every: float) -> None:
        while socket.ready_state is not ReadyState.CLOSED:
            try:
                async with asyncio.timeout(every):
                    await socket.wait_closed()
            except TimeoutError:
                if socket.ready_state is ReadyState.OPEN:
                    socket.send("Hello?")


def _shown(data: str | bytes) -> str:
    return data if isinstance(data, str) else f"{len(data)} bytes"
