"""What picows keeps to itself: that it has failed a connection, and that the peer has said its last."""

from __future__ import annotations

import asyncio
from typing import Protocol


class Watched(Protocol):
    """Who is told of it."""

    def read_is_over(self) -> None:
        """Take the end of a read, after its last frame, if it had any."""

    def peer_is_done(self) -> None:
        """Take the peer's last byte."""


class Watch(asyncio.BufferedProtocol):
    """Stands between the event loop and the protocol of picows, passes everything on, and tells.

    Args:
        passed_to: the protocol of picows.
        told: who is told.
    """

    def __init__(self, passed_to: asyncio.BufferedProtocol, told: Watched) -> None:
        self._passed_to = passed_to
        self._told = told
        self.get_buffer = passed_to.get_buffer  # type: ignore[method-assign]  # once for each read: straight to C
        self.pause_writing = passed_to.pause_writing  # type: ignore[method-assign]
        self.resume_writing = passed_to.resume_writing  # type: ignore[method-assign]
        self.connection_lost = passed_to.connection_lost  # type: ignore[method-assign]

    def buffer_updated(self, nbytes: int) -> None:
        """Pass a read on."""
        self._passed_to.buffer_updated(nbytes)
        self._told.read_is_over()

    def eof_received(self) -> bool | None:
        """Pass the peer's last byte on."""
        self._told.peer_is_done()
        return self._passed_to.eof_received()
