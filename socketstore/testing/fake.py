"""A WebSocket without a network: its server is the test."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Iterable, Mapping
from functools import partial
from typing import Any

from websockets.http11 import Request

from socketstore.decoding.decoder import encode_default
from socketstore.errors import NotOpen, ScriptFailed
from socketstore.sockets.dialing import dial
from socketstore.sockets.events import MessageEvent, ReadyState
from socketstore.sockets.eventually import Eventually
from socketstore.sockets.websocket import WebSocket
from socketstore.sockets.wire import Wire
from socketstore.testing.fake_server import FakeServer, NoNetwork
from socketstore.testing.server_side import Message, check_status


class FakeSocket(WebSocket):
    """A `WebSocket` whose server is the test; there is no network.

    Everything above the TCP connection is the real thing: the handshake and its headers, frames, pings, the closing
    handshake, and so the events, their order, the ready states and the errors. Give `FakeSockets.make` to a
    `Connection` rather than make one by hand.

    What the server does is a method, in the words of the program: `accept` or `refuse` the handshake, `receive`
    messages, `end`, `cut` or `fail` the socket. All is done in the order of the calls. Once accepted, nothing has to be
    waited for: what needs the handshake is done as soon as that has come. Awaiting the result of a call waits until the
    program has been told. None of them is for another thread.

    Args:
        url: as for `WebSocket`.
        answer: called with the socket when the program begins to open it, and again after each redirect: it may
            accept, refuse or fail it at once. With a function that does nothing the test does so later.
        **options: as for `WebSocket`; they are there to be looked at in `options`.

    Attributes:
        options: what the program asked for beside the URL: ``headers`` and the rest.
    """

    def __init__(self, url: str, *, answer: Callable[[FakeSocket], object] | None = None, **options: Any) -> None:
        super().__init__(url, **options)
        self.options: Mapping[str, Any] = options
        self._answer = FakeSocket.accept if answer is None else answer
        self._server = FakeServer(lambda: self._answer(self))
        self._owed: deque[Message] = deque()
        self._told = 0
        self.add_listener("open", lambda _: self._server.bell.ring())
        self.add_listener("message", self._count)
        self.add_listener("close", lambda _: self._server.bell.ring())

    # What the test sees.

    @property
    def request(self) -> Request | None:
        """The opening handshake, with its path and headers; ``None`` until it has come."""
        return self._server.side.request

    @property
    def sent(self) -> list[Message]:
        """The messages that the program has sent, as far as the server has read them."""
        return list(self._server.side.messages)

    @property
    def pongs(self) -> list[bytes]:
        """What the program's pongs held."""
        return list(self._server.side.pongs)

    @property
    def farewell(self) -> tuple[int, str] | None:
        """The code and the reason of the program's close frame; ``None`` until it has come."""
        return self._server.side.farewell

    async def next_sent(self) -> Message:
        """Wait for the next message of the program: each is returned once, in order. Safe to cancel.

        Raises:
            ScriptFailed: the program has closed the socket, or it broke, and there is no other message.
        """
        await self._server.bell.until(
            lambda: self._server.side.has_more or self._server.side.leaving or self._is_closed
        )
        message = self._server.side.next_message()
        if message is None:
            how = "went without a word" if self.farewell is None else "closed it ({} {})".format(*self.farewell)
            complaint = f"the program {how}; expected another message on {self!r}. It has sent {self.sent!r:.500}"
            raise ScriptFailed(complaint)
        return message

    async def opened(self) -> None:
        """Wait until the socket is open for the program, or closed after all. Safe to cancel."""
        await self._server.bell.until(lambda: self.ready_state is not ReadyState.CONNECTING)

    # What the server does.

    def accept(
        self, *messages: Any, subprotocol: str | None = None, headers: Mapping[str, str] | None = None
    ) -> Awaitable[None]:
        """Accept the handshake. Awaiting the result waits until the socket is open, or closed after all.

        Args:
            *messages: sent in the same packet.
            subprotocol: one that the program offers.
            headers: added to the answer.
        """
        encoded = self._encoded(messages)

        def act() -> None:
            self._server.side.accept(subprotocol, headers)
            self._server.side.send(encoded)

        self._server.decide()
        self._do(act)
        return Eventually(self.opened)

    def refuse(
        self,
        status: int = 503,
        *,
        retry_after: float | None = None,
        headers: Mapping[str, str] | None = None,
        body: str = "",
    ) -> Awaitable[None]:
        """Answer the handshake with an HTTP status: 401, 429, a redirect with a ``Location``.

        Args:
            status: any but 101.
            retry_after: seconds that the program is asked to wait.
            headers: added to the answer.
            body: the text behind them.
        """
        check_status(status)
        self._server.decide()
        self._do(lambda: self._server.side.refuse(status, retry_after, headers, body))
        return Eventually(self.wait_closed)

    def receive(self, *messages: Any) -> Awaitable[None]:
        """Let messages arrive, all of them in one read: text and bytes as they are, anything else as JSON.

        Awaiting the result waits until the listeners have been called with the last of them, or the socket is closed.

        Raises:
            NotOpen: this side, or the program, has closed already.
            EncodeError: a message has no JSON form.
        """
        encoded = self._encoded(messages)
        target = self._told + len(self._owed)
        self._do(lambda: self._server.side.send(encoded))
        return Eventually(lambda: self._server.bell.until(lambda: self._told >= target or self._is_closed))

    def receive_raw(self, data: bytes) -> None:
        """Let any bytes arrive in one read: half a frame, a broken one, several; or an answer to the handshake."""
        self._server.decide_unless_decided()
        self._do(lambda: self._server.side.send_raw(data))

    def receive_ping(self, data: bytes = b"") -> None:
        """Let a ping arrive; the answer is then in `pongs`.

        Raises:
            NotOpen: this side, or the program, has closed already.
        """
        self._do(lambda: self._server.side.ping(data))

    def end(self, code: int = 1000, reason: str = "") -> Awaitable[None]:
        """Close the socket from the server's side, as it should be done.

        Raises:
            NotOpen: this side, or the program, has closed already.
            UsageError: the code or the reason may not be sent.
        """
        self._do(lambda: self._server.side.close(code, reason))
        return Eventually(self.wait_closed)

    def cut(self) -> Awaitable[None]:
        """End the line without a close frame (FIN): 1006 for the program."""
        self._server.decide_unless_decided()
        self._do(lambda: self._server.bring(None))
        return Eventually(self.wait_closed)

    def fail(self, error: Exception | None = None) -> Awaitable[None]:
        """Break the line with an error, such as those of the operating system.

        Args:
            error: before the handshake what keeps the program from connecting (`ConnectionRefusedError`,
                `socket.gaierror`, `ssl.SSLError`, ...); afterwards with what the line breaks. By default
                `ConnectionResetError`.
        """
        broken = ConnectionResetError("Connection reset by peer") if error is None else error
        if not self._server.decided:
            self._server.decide(broken)
        else:
            self._do(lambda: self._server.bring(broken))
        return Eventually(self.wait_closed)

    def freeze(self) -> None:
        """Let the server hang: it reads nothing, answers no ping and no close; what is sent piles up."""
        self._do(self._server.freeze)

    def thaw(self) -> None:
        """Let the server go on after `freeze`."""
        self._server.thaw()

    # How it is done.

    @property
    def _is_closed(self) -> bool:
        return self.ready_state is ReadyState.CLOSED

    def _dial(self) -> asyncio.Task[Wire]:
        return asyncio.create_task(
            dial(self.url, self._options, self._secrets.hide, partial(NoNetwork, self._server.connect))
        )

    def _do(self, act: Callable[[], object]) -> None:
        if not self._server.decided or self._is_closed:
            message = f"{self!r} is not open, nor will it be; expected accept() first, and a program that is there"
            raise NotOpen(message)
        self._server.do(act)

    def _encoded(self, messages: Iterable[Any]) -> list[Message]:
        encoded = [encode_default(message) for message in messages]
        self._owed.extend(encoded)
        return encoded

    def _count(self, event: MessageEvent) -> None:
        if self._owed and self._owed[0] == event.data:
            self._owed.popleft()
            self._told += 1
            self._server.bell.ring()
