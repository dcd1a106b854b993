"""The exchange's end: serves a feed to whoever subscribes, and closes when the feed ends."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from functools import partial

from pydantic import ValidationError

from examples.market.actions import Subscribe
from examples.market.feed import Frame
from socketstore import ConnectionEvent, ConnectionLost, MessageEvent, NotOpen, WebSocket, WebSocketServer


class FeedServer(WebSocketServer):
    """Serves a feed.

    Args:
        frames: the messages.
        speed: 1 sends them as they were recorded, 10 ten times as fast; ``None`` as fast as the client reads.
    """

    def __init__(self, frames: Sequence[Frame], *, speed: float | None = None) -> None:
        super().__init__()
        self._frames = frames
        self._speed = speed
        self.add_listener("connection", self._welcome)

    def _welcome(self, event: ConnectionEvent) -> None:
        event.socket.add_listener("message", partial(self._answer, event.socket), once=True)

    async def _answer(self, socket: WebSocket, event: MessageEvent) -> None:
        try:
            Subscribe.model_validate_json(event.data)
            await self._serve(socket)
            await socket.close(1000, "the feed has ended")
        except ValidationError:
            await socket.close(4000, "expected a subscribe message")
        except (NotOpen, ConnectionLost):
            pass  # the client has left

    async def _serve(self, socket: WebSocket) -> None:
        begin = asyncio.get_running_loop().time()
        for frame in self._frames:
            if self._speed is not None:
                await until(begin + (frame.at - self._frames[0].at) / self._speed)
            await socket.send(frame.text)


async def until(time: float) -> None:
    """Wait for a moment of the event loop's clock; return at once if it has passed."""
    await asyncio.sleep(time - asyncio.get_running_loop().time())
