"""One episode, done again for one client."""

from __future__ import annotations

from contextlib import closing

from websockets.protocol import State

from socketstore.errors import ConnectionLost, LogUnavailable, NotOpen, UsageError
from socketstore.log.entries import ClosedEntry, FrameInEntry, FrameOutEntry, NoteEntry
from socketstore.log.log import Log
from socketstore.sockets.frames import ServerWire
from socketstore.sockets.options import check_closing_words
from socketstore.sockets.websocket import WebSocket
from socketstore.testing.sessions.episodes import Episode
from socketstore.testing.sessions.expecting import Expectation
from socketstore.testing.sessions.hanging_up import hang_up
from socketstore.testing.sessions.pace import Pace
from socketstore.testing.sessions.wire import is_client_close

NO_CODE = 1005  # RFC 6455, section 7.4.1: a close frame without a code


class Performance:
    """Sends what the server sent, when it is due, no faster than the client reads.

    Args:
        log: the recording.
        episode: what of it is done again.
        socket: the client.
        wire: its connection.
        speed: as for `Pace`.
        expectation: has the client's messages waited for; `None` goes by time alone.

    Attributes:
        sent: how many messages were sent.
    """

    def __init__(
        self,
        log: Log,
        episode: Episode,
        socket: WebSocket,
        wire: ServerWire,
        speed: float,
        expectation: Expectation | None,
    ) -> None:
        self.sent = 0
        self._log = log
        self._episode = episode
        self._socket = socket
        self._wire = wire
        self._pace = Pace(episode.begin, speed)
        self._expectation = expectation
        self._expected = 0
        self._awaited: str | bytes | None = None
        self._client_closes = False

    async def run(self) -> bool:
        """Do it all, and return whether it came to its end; the client may leave before. Safe to cancel.

        Raises:
            LogCorrupted: an entry cannot be read.
            LogUnavailable: the file cannot be read, or has become shorter.
        """
        with closing(self._episode.entries(self._log)) as entries:
            try:
                for entry in entries:
                    await self._do(entry)
            except (NotOpen, ConnectionLost):
                return False
        self._check_whole()
        return True

    def standing(self) -> str:
        """Say how far it has come, and what it waits for."""
        told = f"{self.sent} of {self._episode.received} messages sent"
        if self._awaited is None:
            return told
        return f"{told}; waits for message {self._expected} of the client: {self._awaited!r:.500}"

    def _check_whole(self) -> None:
        if self.sent < self._episode.received:
            message = (
                f"{self._log.path} ended after {self.sent} of {self._episode.received} messages, which all were there "
                "when the server began; expected that nobody changes the file meanwhile. Begin anew"
            )
            raise LogUnavailable(message)

    async def _do(self, entry: object) -> None:
        match entry:
            case NoteEntry():
                self._client_closes |= is_client_close(entry, self._episode.connection, self._episode.epoch)
            case FrameInEntry(at=at, data=data):
                await self._pace.until(at)
                await self._socket.send(data)
                self.sent += 1
            case FrameOutEntry() if self._expectation is not None:
                self._expected += 1
                if self._expectation.met < self._expected:
                    await self._expect(entry, self._expectation)
            case ClosedEntry(at=at) if not self._client_closes:
                await self._pace.until(at)
                await self._close(entry)

    async def _expect(self, frame: FrameOutEntry, expectation: Expectation) -> None:
        self._awaited = frame.data
        await expectation.until(self._expected)
        self._awaited = None
        self._pace.go_on_from(frame.at)

    async def _close(self, entry: ClosedEntry) -> None:
        if self._wire.state is not State.OPEN:
            return
        if not entry.clean or not _may_be_sent(entry):
            await hang_up(self._wire)
        elif entry.code == NO_CODE:
            self._wire.protocol.send_close()
            self._wire.send_data()
            self._wire.end_in_time()
        else:
            self._socket.close(entry.code, entry.reason)


def _may_be_sent(entry: ClosedEntry) -> bool:
    try:
        check_closing_words(entry.code, entry.reason)
    except UsageError:
        return entry.code == NO_CODE
    return True
