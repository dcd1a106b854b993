"""A server that invents prices and sends them to whoever follows them."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from random import Random

from pydantic import ValidationError

from examples.desktop.prices import Follow, PriceChanged
from socketstore import ConnectionEvent, ConnectionLost, MessageEvent, NotOpen, WebSocket, WebSocketServer


class PriceServer(WebSocketServer):
    """Sends each client the prices that it follows.

    Args:
        port: 0 chooses a free one.
        every: seconds between two rounds of prices.
    """

    def __init__(self, port: int = 0, *, every: float = 0.2) -> None:
        super().__init__(port=port)
        self._every = every
        self._prices: dict[str, float] = {}
        self._random = Random(1)  # noqa: S311 - prices to look at
        self.add_listener("connection", self._welcome)

    async def _welcome(self, event: ConnectionEvent) -> None:
        followed: set[str] = set()

        def follow(message: MessageEvent) -> None:
            try:
                followed.update(Follow.model_validate_json(message.data).symbols)
            except ValidationError:
                event.socket.close(4000, "expected the symbols to follow")

        event.socket.add_listener("message", follow)
        with suppress(NotOpen, ConnectionLost):  # the client has left
            while True:
                await self._send_prices(event.socket, followed)
                await asyncio.sleep(self._every)

    async def _send_prices(self, socket: WebSocket, followed: set[str]) -> None:
        for symbol in sorted(followed):
            await socket.send(PriceChanged(symbol=symbol, price=self._next(symbol)).to_json())
        if not followed:
            await socket.ping()

    def _next(self, symbol: str) -> float:
        before = self._prices.get(symbol) or Random(symbol).uniform(8, 900)  # noqa: S311 - prices to look at
        self._prices[symbol] = round(before * self._random.gauss(1, 0.004), 2)
        return self._prices[symbol]
