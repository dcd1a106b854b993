"""From the line of those that wait into the socket, no faster than that takes it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from socketstore.connection.outgoing.line import Line
from socketstore.connection.outgoing.message import Message, write
from socketstore.connection.session import Session
from socketstore.errors import ConnectionLost
from socketstore.sockets.eventually import Eventually

CHUNK = 100
"""Messages written before others in the event loop have their turn."""

WRITE_AHEAD = 65_536
"""Bytes in the write buffer of the socket at which the rest waits until that has been drained."""


class Writer:
    """Writes what waits, in order.

    Args:
        line: what waits.
        moved: called when some of it has left.
        too_old: called with a message that may not be sent any more; takes it out.
    """

    def __init__(self, line: Line, moved: Callable[[], None], too_old: Callable[[list[Message]], None]) -> None:
        self._line = line
        self._moved = moved
        self._too_old = too_old
        self._busy: Session | None = None

    def write(self, session: Session) -> None:
        """Write as much as the socket takes now, and the rest as it is taken."""
        sent = self._write_some(session)
        if sent is not None:
            self.write_later(session, sent)

    def write_later(self, session: Session, written: Awaitable[None] | None = None) -> None:
        """Write in a task whatever waits, once what was written before is drained; harmless if that is being done."""
        if self._line and self._busy is None:
            self._busy = session
            session.start(self._empty(session, written or Eventually(_nothing)))

    def write_all(self, session: Session) -> None:
        """Write all that waits, although the socket has to keep it in its buffer: a close frame is to follow."""
        while self._line and self._write_some(session) is not None:
            pass

    def stop(self) -> None:
        """The socket has closed."""
        self._busy = None

    async def _empty(self, session: Session, written: Awaitable[None] | None) -> None:
        try:
            while written is not None and self._line:
                await written
                await asyncio.sleep(0)  # a buffer that has room makes nobody wait
                written = self._write_some(session)
        except ConnectionLost:
            pass  # the socket tells of it
        finally:
            if self._busy is session:
                self._busy = None

    def _write_some(self, session: Session) -> Awaitable[None] | None:
        """Write some of what waits, at least one; return what to await before more is written.

        Returns:
            ``None`` if the socket takes no more, because it is closing.
        """
        sent: Awaitable[None] | None = Eventually(_nothing)
        for _ in range(CHUNK):
            message = self._line.first
            if message is None:
                break
            sent = self._write_one(session, message)
            if sent is None or session.socket.buffered_amount > WRITE_AHEAD:
                break
        self._moved()
        return sent

    def _write_one(self, session: Session, message: Message) -> Awaitable[None] | None:
        if message.expires <= session.now:
            self._too_old([message])
            return Eventually(_nothing)
        self._line.remove(message)  # first: who is called meanwhile must not find it
        sent = write(session, message)
        if sent is None:
            self._line.put_back(message)
        return sent


async def _nothing() -> None:
    pass
