"""A server of numbered prices that takes orders, and that can do what servers do on bad days.

| it hears | it answers |
|---|---|
| ``{"op": "follow", "goods": ["tea"]}`` | ``{"op": "following", "goods": ["tea"]}``, and from then on each new price |
| ``{"op": "leave", "goods": ["tea"]}`` | ``{"op": "left", "goods": ["tea"]}``, and no more of them |
| ``{"op": "history", "goods": "tea", "after": 7, "id": ...}`` | ``{"id": ..., "prices": [...]}``: all since number 7 |
| ``{"op": "order", "id": ...}`` | ``{"id": ..., "ordered": true}``; twice the same id is one order |
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from contextlib import suppress
from random import Random
from typing import Any

from examples.resilient.client import GOODS, PriceChanged
from socketstore import ConnectionEvent, MessageEvent, NotOpen, WebSocket, WebSocketServer

Answer = Callable[[WebSocket, dict[str, Any]], dict[str, Any]]


class Feed(WebSocketServer):
    """Makes a price of each good now and then, and sends it to whoever follows the good.

    Attributes:
        prices: every price that there has been.
        orders: the ids of the orders, as they came.
    """

    def __init__(self, *, every: float) -> None:
        super().__init__()
        self.prices: dict[str, list[PriceChanged]] = {goods: [] for goods in GOODS}
        self.orders: list[str] = []
        self._every = every  # seconds
        self._random = Random(1)  # noqa: S311 - prices to look at
        self._followers: dict[str, set[WebSocket]] = {goods: set() for goods in GOODS}
        self._lost: set[str] = set()
        self._answers: dict[str, Answer] = {
            "follow": self._follow,
            "leave": self._leave,
            "history": self._history,
            "order": self._order,
        }
        self.add_listener("connection", self._welcome)

    async def trade(self) -> None:
        """Make prices until it is cancelled."""
        while True:
            for goods in GOODS:
                self._tell(self._price(goods))
            await asyncio.sleep(self._every)

    # What goes wrong.

    def lose_one(self, goods: str) -> None:
        """Keep the next price from everybody."""
        self._lost.add(goods)

    def forget(self, goods: str) -> None:
        """Forget who follows these goods, without a word."""
        self._followers[goods].clear()

    def send_all_away(self) -> None:
        """Close every socket, as a server does that has too much to do."""
        for socket in self.clients:
            socket.close(1013, "come back later")

    # What goes right.

    def _price(self, goods: str) -> PriceChanged:
        number = len(self.prices[goods]) + 1
        price = PriceChanged(goods=goods, number=number, price=round(self._random.uniform(3, 9), 2))
        self.prices[goods].append(price)
        return price

    def _tell(self, price: PriceChanged) -> None:
        if price.goods in self._lost:
            self._lost.remove(price.goods)
            return
        for socket in self._followers[price.goods]:
            with suppress(NotOpen):  # it has broken, or is being closed
                socket.send(price.to_json())

    def _welcome(self, event: ConnectionEvent) -> None:
        socket = event.socket

        @socket.on("message")
        def answer(message: MessageEvent) -> None:
            question = json.loads(message.data)
            with suppress(NotOpen):  # it was sent away while the question was on its way
                socket.send(json.dumps(self._answers[question["op"]](socket, question)))

        @socket.on("close")
        def forget(_: object) -> None:
            for followers in self._followers.values():
                followers.discard(socket)

    def _follow(self, socket: WebSocket, question: dict[str, Any]) -> dict[str, Any]:
        for goods in question["goods"]:
            self._followers[goods].add(socket)
        return {"op": "following", "goods": question["goods"]}

    def _leave(self, socket: WebSocket, question: dict[str, Any]) -> dict[str, Any]:
        for goods in question["goods"]:
            self._followers[goods].discard(socket)
        return {"op": "left", "goods": question["goods"]}

    def _history(self, _: WebSocket, question: dict[str, Any]) -> dict[str, Any]:
        prices = self.prices[question["goods"]][question["after"] :]
        return {"id": question["id"], "prices": [price.model_dump() for price in prices]}

    def _order(self, _: WebSocket, question: dict[str, Any]) -> dict[str, Any]:
        if question["id"] not in self.orders:
            self.orders.append(question["id"])
        return {"id": question["id"], "ordered": True}
