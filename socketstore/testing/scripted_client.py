"""What a script of a scripted server does with one client."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, NoReturn

from websockets.http11 import Request

from socketstore.errors import NotOpen, ScriptFailed
from socketstore.testing.matching import matches
from socketstore.testing.server_side import Message, check_status
from socketstore.testing.tcp_line import TcpLine


class ScriptedClient:
    """One client of a `ScriptedServer`, in the hands of its script. Pings are answered all the time.

    Every method that waits can be cancelled safely. Each raises `ScriptFailed` if the client has left, which ends the
    script and fails the test.

    Attributes:
        number: 1 for the first connection to the server, and so on.
        step: what the script is doing, in words.
    """

    def __init__(self, number: int, line: TcpLine) -> None:
        self.number = number
        self.step = "begins"
        self._steps = 0
        self._line = line
        self._server = line.server

    def __repr__(self) -> str:
        return f"<client {self.number} of a scripted server, step {self.step}>"

    @property
    def request(self) -> Request | None:
        """The opening handshake, with its path and headers; ``None`` until it has come."""
        return self._server.request

    @property
    def is_open(self) -> bool:
        """Whether the client still listens: neither side has closed, nor has the line ended."""
        return self._server.is_open

    # The handshake.

    async def accept(
        self, *messages: Any, subprotocol: str | None = None, headers: Mapping[str, str] | None = None
    ) -> None:
        """Wait for the handshake, and accept it, with messages in the same packet.

        Args:
            *messages: text and bytes as they are, anything else as JSON.
            subprotocol: one that the client offers.
            headers: added to the answer.
        """
        with self._doing("accept()"):
            await self._line.bell.until(lambda: self._server.request is not None or self._server.over)
            self._server.accept(subprotocol, headers)
            self._server.send(messages)
            self._line.flush()

    async def refuse(
        self,
        status: int = 503,
        *,
        retry_after: float | None = None,
        headers: Mapping[str, str] | None = None,
        body: str = "",
    ) -> None:
        """Wait for the handshake, and answer with an HTTP status: 401, 429, a redirect with a ``Location``.

        Args:
            status: any but 101.
            retry_after: seconds that the client is asked to wait.
            headers: added to the answer.
            body: the text behind them.
        """
        check_status(status)
        with self._doing(f"refuse({status})"):
            await self._line.bell.until(lambda: self._server.request is not None or self._server.over)
            self._server.refuse(status, retry_after, headers, body)
            self._line.flush()

    # What the client says.

    async def receive(self) -> Message:
        """Wait for the next message."""
        with self._doing("receive()"):
            return await self._next("a message")

    async def expect(self, expected: Any) -> Message:
        """Wait for the next message, which must be this one.

        Args:
            expected: the text or the bytes; anything else is JSON that must be in the message, which may hold more: an
                object more keys, at any depth.
        """
        with self._doing(f"expect({expected!r:.200})"):
            message = await self._next(f"{expected!r:.200}")
            self._check(matches(expected, message), message, f"{expected!r:.1000}")
            return message

    async def expect_that(self, predicate: Callable[[Message], object]) -> Message:
        """Wait for the next message, of which the predicate must hold."""
        name = getattr(predicate, "__name__", repr(predicate))
        with self._doing(f"expect_that({name})"):
            message = await self._next(f"a message of which {name} holds")
            self._check(bool(predicate(message)), message, f"a message of which {name} holds")
            return message

    async def expect_close(self, code: int | None = None) -> tuple[int, str]:
        """Wait for the client's close frame, whatever it says before, and return its code and reason.

        Args:
            code: the code that it must have; 1005 stands for none.
        """
        with self._doing(f"expect_close({'' if code is None else code})"):
            await self._line.bell.until(lambda: self._server.leaving)
            farewell = self._server.farewell
            if farewell is None or code not in (None, farewell[0]):
                got = "the end of the line without a close frame" if farewell is None else f"the close frame {farewell}"
                self._fail(f"got {got}; expected a close frame{'' if code is None else f' with {code}'}")
            return farewell

    # What the server says.

    async def send(self, *messages: Any) -> None:
        """Send messages in one packet, and wait until there is room for more: text and bytes as they are, else JSON."""
        with self._doing(f"send({', '.join(map(repr, messages)):.200})"):
            self._server.send(messages)
            await self._sent()

    async def send_fragments(self, *parts: Message) -> None:
        """Send one message in several frames, all of text or all of bytes."""
        with self._doing("send_fragments()"):
            self._server.send_fragments(parts)
            await self._sent()

    async def send_raw(self, data: bytes) -> None:
        """Send any bytes: half a frame, a broken one, an answer to the handshake that is none."""
        with self._doing("send_raw()"):
            self._server.send_raw(data)
            await self._sent()

    async def ping(self, data: bytes = b"") -> None:
        """Send a ping and wait for its pong."""
        with self._doing(f"ping({data!r})"):
            pongs = len(self._server.pongs)
            self._server.ping(data)
            self._line.flush()
            await self._line.bell.until(lambda: data in self._server.pongs[pongs:] or self._server.leaving)
            if data not in self._server.pongs[pongs:]:
                self._fail(f"{self._how_it_left()}; expected a pong")

    # The end.

    async def close(self, code: int = 1000, reason: str = "") -> None:
        """Close as it should be done, and wait until the client has answered and the TCP connection has ended."""
        with self._doing(f"close({code})"):
            self._server.close(code, reason)
            self._line.flush()
            await self._line.ended()

    def cut(self) -> None:
        """End the TCP connection without a close frame (FIN), once all has been sent."""
        self._line.cut()

    def reset(self) -> None:
        """Break the TCP connection (RST); what the client has not read yet may be lost."""
        self._line.reset()

    def freeze(self) -> None:
        """Read nothing more: pings and close frames stay without an answer, and what the client sends piles up."""
        self._line.freeze()

    def thaw(self) -> None:
        """Go on reading after `freeze`."""
        self._line.thaw()

    async def gone(self) -> None:
        """Wait until the client has left, in whatever way."""
        with self._doing("gone()"):
            await self._line.ended()

    async def _sent(self) -> None:
        self._line.flush()
        await self._line.drained()

    async def _next(self, expected: str) -> Message:
        await self._line.bell.until(lambda: self._server.has_more or self._server.leaving)
        message = self._server.next_message()
        if message is None:
            self._fail(f"{self._how_it_left()}; expected {expected}")
        return message

    def _check(self, holds: bool, message: Message, expected: str) -> None:  # noqa: FBT001 - it is the whole question
        if not holds:
            self._fail(f"got {message!r:.1000}; expected {expected}")

    def _how_it_left(self) -> str:
        farewell = self._server.farewell
        return "the client went without a word" if farewell is None else "the client closed ({} {})".format(*farewell)

    def _fail(self, what: str, cause: Exception | None = None) -> NoReturn:
        message = f"connection {self.number}, step {self.step}: {what}"
        raise ScriptFailed(message) from cause

    @contextmanager
    def _doing(self, what: str) -> Iterator[None]:
        self._steps += 1
        self.step = f"{self._steps}, {what}"
        try:
            yield
        except NotOpen as error:
            left = f"{self._how_it_left()}: " if self._server.leaving else ""
            self._fail(f"{left}{error}", error)
