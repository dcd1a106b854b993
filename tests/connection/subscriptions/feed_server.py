"""A real server with subscriptions: it notes what each of its clients asked for, and follows it."""

from __future__ import annotations

import asyncio
import json
from functools import partial
from typing import Any

from socketstore import ConnectionEvent, MessageEvent, WebSocket, WebSocketServer


class FeedServer(WebSocketServer):
    """Answers ``{"sub": keys}`` with ``{"ok": keys}``.

    Attributes:
        heard: for each client in the order of coming, the messages it has sent.
        follows: what the last client gets.
        refuses: keys that are refused.
        silent: no answer is given.
    """

    def __init__(self) -> None:
        super().__init__()
        self.heard: list[list[Any]] = []
        self.follows: set[str] = set()
        self.refuses: set[str] = set()
        self.silent = False
        self._changed = asyncio.Event()
        self.add_listener("connection", self._welcome)

    async def until_heard(self, client: int, messages: int) -> list[Any]:
        """Wait until a client, counted from 0, has sent so many messages."""
        while len(self.heard) <= client or len(self.heard[client]) < messages:
            self._changed.clear()
            await self._changed.wait()
        return self.heard[client]

    def cut(self) -> None:
        """Cut the last client off."""
        self.clients[-1].abort()

    def _welcome(self, event: ConnectionEvent) -> None:
        messages: list[Any] = []
        self.heard.append(messages)
        self.follows = set()
        event.socket.add_listener("message", partial(self._answer, event.socket, messages))

    def _answer(self, socket: WebSocket, messages: list[Any], event: MessageEvent) -> None:
        message = json.loads(event.data)
        messages.append(message)
        self._changed.set()
        if "unsub" in message:
            self.follows.difference_update(message["unsub"])
        elif "sub" in message:
            assert self.follows.isdisjoint(message["sub"])
            self._subscribe(socket, message["sub"])

    def _subscribe(self, socket: WebSocket, keys: list[str]) -> None:
        refused = [key for key in keys if key in self.refuses]
        accepted = [key for key in keys if key not in self.refuses]
        self.follows.update(accepted)
        if self.silent:
            return
        if accepted:
            socket.send(json.dumps({"ok": accepted}))
        if refused:
            socket.send(json.dumps({"no": refused, "why": "unknown"}))
