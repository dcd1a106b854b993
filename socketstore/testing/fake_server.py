"""What stands on the other side of a fake socket, and when it does what it was told."""

from __future__ import annotations

from collections import deque
from collections.abc import Awaitable, Callable
from typing import Any

from websockets.asyncio.client import ClientConnection

from socketstore.errors import SocketstoreError, UsageError
from socketstore.sockets.dialing import OneHop
from socketstore.sockets.emitter import report
from socketstore.testing.memory_line import MemoryLine, Read
from socketstore.testing.server_side import Bell, ServerSide

MakeWire = Callable[[], ClientConnection]


class FakeServer:
    """A server in memory, for one client. What it is told to do before the handshake has come, it does then.

    Args:
        ask: called when the client connects, and again after each redirect: the time to `decide`.

    Attributes:
        bell: rings when something has come from the client, or was decided.
        side: speaks WebSocket; another one after each redirect.
    """

    def __init__(self, ask: Callable[[], object]) -> None:
        self.bell = Bell()
        self.side = ServerSide(self.bell)
        self.decided = False
        self._ask = ask
        self._line: MemoryLine | None = None
        self._refusal: Exception | None = None
        self._acts: deque[Callable[[], object]] = deque()

    async def connect(self, make_wire: MakeWire) -> ClientConnection:
        """Let a client connect, once it has been decided that it may.

        Raises:
            Exception: it was decided that it may not.
        """
        if self._line is not None:
            self._begin_anew()
        if not self.decided:
            self._ask()
        await self.bell.until(lambda: self.decided)
        if self._refusal is not None:
            raise self._refusal
        wire = make_wire()
        self._line = MemoryLine(wire, self.side, self._go_on)
        wire.connection_made(self._line)
        return wire

    def decide(self, refusal: Exception | None = None) -> None:
        """Decide whether the client can connect, or what keeps it from that.

        Raises:
            UsageError: it was decided before.
        """
        if self.decided:
            message = "it was accepted, refused or failed before; expected one answer to each handshake"
            raise UsageError(message)
        self.decided, self._refusal = True, refusal
        self.bell.ring()

    def decide_unless_decided(self) -> None:
        """Let the client connect, unless it was decided before."""
        if not self.decided:
            self.decide()

    def do(self, act: Callable[[], object]) -> None:
        """Do something, and send what comes of it, now or when the handshake has come."""
        if self._handshake_has_come and not self._acts:
            act()
            self._send()
        else:
            self._acts.append(act)

    def bring(self, read: Read) -> None:
        """Let the client read this next."""
        if self._line is not None:
            self._line.bring(read)

    def freeze(self) -> None:
        """Read nothing."""
        if self._line is not None:
            self._line.freeze()

    def thaw(self) -> None:
        """Read again."""
        if self._line is not None:
            self._line.thaw()

    @property
    def _handshake_has_come(self) -> bool:
        return self._line is not None and self.side.request is not None

    def _begin_anew(self) -> None:
        self.side, self._line = ServerSide(self.bell), None
        self.decided, self._refusal = False, None
        self._acts.clear()

    def _go_on(self) -> None:
        """Do what was put off; called from within the client's own calls, which must not suffer from it."""
        try:
            while self._acts and self._handshake_has_come:
                self._acts.popleft()()
                self._send()
        except (SocketstoreError, ValueError) as error:
            report(error, "a fake server cannot do what it was told", source=self)
            self._acts.clear()
            self.bring(None)
        self._send()

    def _send(self) -> None:
        for data in self.side.take():
            self.bring(data or None)


class NoNetwork(OneHop):
    """Connects to a server in memory."""

    def __init__(self, connect: Callable[[MakeWire], Awaitable[ClientConnection]], *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._connect = connect

    async def open_tcp_connection(self) -> ClientConnection:
        """Connect."""
        return await self._connect(lambda: self.factory(self.ws_uri))
