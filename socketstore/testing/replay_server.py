"""A recorded session as a server."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from types import TracebackType
from typing import Any, Self, cast

from socketstore.errors import ListenFailed, UsageError
from socketstore.log.entries import FrameOutEntry
from socketstore.log.log import Log
from socketstore.log.opening import open_log
from socketstore.sockets.events import CloseEvent, ConnectionEvent, MessageEvent
from socketstore.sockets.server import WebSocketServer
from socketstore.sockets.websocket import WebSocket
from socketstore.testing.sessions.entrance import Entrance
from socketstore.testing.sessions.episodes import Episode
from socketstore.testing.sessions.expecting import Expectation, Match, same_message
from socketstore.testing.sessions.pace import check_speed
from socketstore.testing.sessions.performing import Performance
from socketstore.testing.sessions.seating import Seating, Then
from socketstore.testing.sessions.surveying import Survey
from socketstore.testing.sessions.tally import Tally
from socketstore.testing.sessions.terms import Sent, check_log, check_terms

OPTIONS = {"max_size": None, "compression": None, "ping_timeout": None}
MAX_SIZE = 2**20  # bytes
DEVIATION = 1008  # RFC 6455, section 7.4.1: policy violation
INTERNAL_ERROR = 1011


class ReplayServer(WebSocketServer):
    """Does for every client what the recorded server did: its messages in their order and time, and its closes.

    ::

        async with ReplayServer("session.jsonl", speed=math.inf, sent="strict") as server:
            async with Connection(server.url, store):
                await server.done()

    A recording holds one episode for each time that its socket was open. A client that connects gets the first one;
    when it comes again, the next one. Clients that are there at the same time each get the recording for themselves.
    Where the recording ends without an end of the socket, or its client closed it, the socket stays open until the
    client leaves. A close that was not clean ends the line without a close frame.

    The recording is read as it is sent, and no faster than the client reads. A log without frames is served by its
    actions, as long as its messages are text or bytes: then what the client sent is unknown, and cannot be compared.

    With ``sent="strict"``, what the client sends is compared with what it sent then, and what came behind one of its
    messages is only sent when it has sent that message. The first one that is not as recorded closes the socket with
    1008; the block of ``async with`` is cancelled and raises `ScriptFailed` in its place. A server that runs by
    `serve_forever` alone goes on; `failures` holds what happened.

    Args:
        log: the recording: a log, or the path of one.
        host: as for `WebSocketServer`.
        port: as for `WebSocketServer`.
        speed: 1.0 is the recorded time, 10.0 ten times as fast; `math.inf` waits for nothing.
        sent: ``"ignore"`` goes by time alone, whatever the client sends; ``"strict"``, see above.
        connection: which connection of the recording, by its name; needed where there are several.
        then: what a client gets that comes again after the last episode: ``"again"`` the first one, ``"last"`` the last
            one, ``"refuse"`` HTTP 503.
        match: with ``sent="strict"``: called with the recorded message of the client and the one that came; tells
            whether that will do. By default text and bytes must be equal, or hold the same JSON value.
        say: is told what happens, one line at a time.
        **options: as for `WebSocketServer`; but a message may have any size, since the recorded server took it as well
            (``max_size="recorded"``: 1 MiB, or as much as the largest that was recorded of the client);
            nothing is compressed, as some clients lose what they still have to unpack when the line ends; and a client
            that answers no ping is not cut: it may stand still in a debugger.

    Raises:
        UsageError: an argument cannot be used.
    """

    def __init__(
        self,
        log: Log | str | os.PathLike[str],
        host: str = "127.0.0.1",
        port: int = 0,
        *,
        speed: float = 1.0,
        sent: Sent = "ignore",
        connection: str | None = None,
        then: Then = "again",
        match: Match = same_message,
        say: Callable[[str], object] = lambda _: None,
        **options: Any,
    ) -> None:
        check_log(log)
        check_terms(sent, then, match)
        check_speed(speed)
        self._tally = Tally()
        self._entrance = Entrance(Seating((), then), self._tally, say, options.pop("process_request", None))
        options = {"select_subprotocol": self._entrance.subprotocol, **OPTIONS, **options}
        super().__init__(host, port, process_request=self._entrance.let_in, **options)
        self._given = log
        self._speed = speed
        self._strict = sent == "strict"
        self._connection = connection
        self._then: Then = then
        self._match = match
        self._say = say
        self._log: Log | None = None
        self._survey: Survey | None = None
        self._episodes: list[Episode] = []
        self.add_listener("connection", self._welcome)
        self.add_listener("close", lambda _: self._let_go(self._log))

    @property
    def episodes(self) -> Sequence[Episode]:
        """What the recording holds, once the server listens."""
        return tuple(self._episodes)

    @property
    def failures(self) -> Sequence[BaseException]:
        """What clients did that is not in the recording."""
        return tuple(self._tally.failures.all)

    def standing(self) -> list[str]:
        """Say how far each of the clients that are there has come, and how many were refused; a line for each."""
        return self._tally.standing()

    async def listen(self) -> None:
        """Read what the recording holds, and begin to accept connections; see `WebSocketServer.listen`.

        Raises:
            UsageError: there is nothing to serve in the recording, or one of its connections must be chosen.
            LogUnavailable: the recording cannot be read.
            LogCorrupted: it is damaged, or no log.
            ListenFailed: the address cannot be used, or the server was closed meanwhile.
        """
        if self._log is not None:
            await super().listen()
            return
        log = self._log = self._given if isinstance(self._given, Log) else open_log(self._given)
        try:
            await self._read(log)
            await super().listen()
        except BaseException:
            self._let_go(log)
            self._log = None
            raise

    def close(self, code: int = 1001, reason: str = "") -> Awaitable[None]:
        """Stop listening and close every client; see `WebSocketServer.close`. A recording is read no further."""
        if self._survey is not None:
            self._survey.stop()
        return super().close(code, reason)

    async def done(self, timeout: float | None = 10.0) -> None:  # noqa: ASYNC109 - as wait_for has it
        """Wait until every episode has been served to its end, to whichever client. Safe to cancel.

        Args:
            timeout: seconds of the event loop; ``None``: for ever.

        Raises:
            ScriptFailed: not in time; or a client sent what is not in the recording.
        """
        await self._tally.done(self._episodes, timeout)

    async def __aenter__(self) -> Self:
        self._tally.failures.enter()
        return await super().__aenter__()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._tally.failures.leave(error, self._end)

    async def _end(self) -> None:
        await self.close()
        await self.finish_listeners()

    def _let_go(self, log: Log | None) -> None:
        if log is not None and log is not self._given:
            log.close()

    async def _read(self, log: Log) -> None:
        self._survey = Survey(log, self._connection)
        try:
            self._episodes = await self._survey.episodes()
        except Exception:
            if self._closing is None:
                raise
        if self._closing is not None:
            message = f"{self!r} was closed before it listened"
            raise ListenFailed(message)
        if self._strict and self._episodes[0].is_spoken:
            message = (
                f"got sent='strict' for {log.path}, which holds actions and no frames, so that what the client sent is "
                "unknown; expected sent='ignore', or a recording by Connection(..., log=log)"
            )
            raise UsageError(message)
        self._entrance.seating = Seating(self._episodes, self._then)
        self._make_room_for(max(episode.largest for episode in self._episodes))

    def _make_room_for(self, largest: int) -> None:
        if self._options["max_size"] == "recorded":
            self._options["max_size"] = max(MAX_SIZE, largest)

    # One client.

    def _welcome(self, event: ConnectionEvent) -> None:
        seated = self._entrance.seating.take()
        if seated is None:  # two came at once for the last episode
            event.socket.close(1013, "the recording holds no further connection")
            return
        seat, episode = seated
        who = f"client {seat.number}, episode {episode.number} of {len(self._episodes)}"
        self._say(f"{who}: connected")
        expectation = self._expectation(event.socket, episode, who) if self._strict else None
        event.socket.add_listener("message", partial(self._hear, who) if expectation is None else expectation.take)
        serving = asyncio.get_running_loop().create_task(self._serve(event.socket, episode, who, expectation))
        self._tasks.add(serving)
        serving.add_done_callback(self._tasks.discard)

        def left(end: CloseEvent) -> None:
            seat.busy = False
            serving.cancel()
            self._tally.running.pop(who, None)
            self._say(f"{who}: closed, {end.code} {end.reason}".rstrip())

        event.socket.add_listener("close", left)

    async def _serve(self, socket: WebSocket, episode: Episode, who: str, expectation: Expectation | None) -> None:
        log = self._log
        if log is None:
            return
        performance = Performance(log, episode, socket, self._sockets[socket], self._speed, expectation)
        self._tally.running[who] = performance
        try:
            if await performance.run():
                self._say(f"{who}: served to its end, {performance.sent} messages")
                self._tally.was_served(episode)
        except Exception as error:  # noqa: BLE001 - the file, in the middle: raised by the block, or by done()
            self._fail(socket, error, who, INTERNAL_ERROR, "the recording cannot be read further")

    def _expectation(self, socket: WebSocket, episode: Episode, who: str) -> Expectation:
        log = cast(Log, self._log)
        frames = (entry for entry in episode.entries(log) if isinstance(entry, FrameOutEntry))
        reason = "this is not what the client sent when it was recorded"
        return Expectation(frames, self._match, who, lambda error: self._fail(socket, error, who, DEVIATION, reason))

    def _hear(self, who: str, message: MessageEvent) -> None:
        self._say(f"{who}: received {message.data!r:.100}")

    def _fail(self, socket: WebSocket, error: Exception, who: str, code: int, reason: str) -> None:
        self._say(str(error) if str(error).startswith(who) else f"{who}: {error}")
        socket.close(code, reason)
        self._tally.has_failed(error)
