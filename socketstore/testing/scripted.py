"""A real server on this machine that follows a script, and fails the test where its client does not."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from types import TracebackType
from typing import Self, TypeAlias

from socketstore.errors import ScriptFailed, UsageError
from socketstore.testing.failures import Failures
from socketstore.testing.scripted_client import ScriptedClient
from socketstore.testing.tcp_line import TcpLine

Script: TypeAlias = Callable[[ScriptedClient], Awaitable[object]]
"""What the server does with one connection."""

GRACE = 1.0
"""Seconds that clients have to leave at the end; then they are cut off."""


class ScriptedServer:
    """A WebSocket server on a free port of this machine that does with each connection what a script says.

    ::

        async def feed(client: ScriptedClient) -> None:
            await client.accept()
            await client.expect({"op": "subscribe"})
            await client.send({"price": 1}, {"price": 2})
            await client.close(1013, "come back later")

        async with ScriptedServer(feed) as server:
            async with Connection(server.url, store):
                await server.done()

    A script is a function: it waits for an event of the test with ``await event.wait()``, pauses with
    ``asyncio.sleep``, repeats with ``for``. When it has come to its end the connection stays open until the client
    leaves.

    Where a client deviates, or a script raises, the block of the ``async with`` is cancelled, and raises what happened
    in its place. A client that comes once more than there are scripts is a deviation too. Scripts that still run when
    the block ends are cancelled; `done` waits for them.

    Args:
        *scripts: one for each connection, in the order in which they come.
        then: the script of all further connections.
    """

    def __init__(self, *scripts: Script, then: Script | None = None) -> None:
        for script in (*scripts, *(() if then is None else (then,))):
            if not callable(script):
                message = f"got the script {script!r:.200}; expected an async function of one ScriptedClient"
                raise UsageError(message)
        self._scripts = scripts
        self._then = then
        self._clients: list[ScriptedClient] = []
        self._lines: list[TcpLine] = []
        self._running: list[asyncio.Task[None]] = []
        self._failures = Failures("The scripted server")
        self._change = asyncio.Event()
        self._server: asyncio.Server | None = None

    @property
    def url(self) -> str:
        """The address, as a client uses it.

        Raises:
            UsageError: it does not listen.
        """
        if self._server is None or not self._server.sockets:
            message = "the scripted server does not listen; expected `async with ScriptedServer(...) as server:`"
            raise UsageError(message)
        return f"ws://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"

    @property
    def clients(self) -> tuple[ScriptedClient, ...]:
        """Those who have connected, in order, also when they have left."""
        return tuple(self._clients)

    async def done(self, timeout: float | None = 10.0) -> None:  # noqa: ASYNC109 - as wait_for has it
        """Wait until every script has come to its end. Safe to cancel.

        Args:
            timeout: seconds of the event loop; ``None``: for ever.

        Raises:
            ScriptFailed: not in time; or a client deviated.
        """
        try:
            async with asyncio.timeout(timeout):
                while not self._is_done and not self._failures:
                    self._change.clear()
                    await self._change.wait()
        except TimeoutError:
            message = f"the scripts are not done after {timeout:g} s: {self._where_they_stand()}"
            self._failures.all.append(ScriptFailed(message))
        if self._failures:
            raise self._failures.all[0]

    async def __aenter__(self) -> Self:
        self._failures.enter()
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(lambda: TcpLine(self._welcome), "127.0.0.1", 0)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._failures.leave(error, self._end)

    def _welcome(self, line: TcpLine) -> None:
        client = ScriptedClient(len(self._clients) + 1, line)
        self._clients.append(client)
        self._lines.append(line)
        script = self._scripts[client.number - 1] if client.number <= len(self._scripts) else self._then
        task = asyncio.get_running_loop().create_task(self._follow(script or self._too_many, client))
        self._running.append(task)

    async def _follow(self, script: Script, client: ScriptedClient) -> None:
        try:
            await script(client)
            client.step = "its end"
        except Exception as error:  # noqa: BLE001 - raised by the block, or by done()
            self._failures.add(error)
        finally:
            self._change.set()

    async def _too_many(self, client: ScriptedClient) -> None:
        await client.refuse(503)
        message = f"connection {client.number} came; expected {len(self._scripts)}. Give the others a script: then=..."
        raise ScriptFailed(message)

    @property
    def _is_done(self) -> bool:
        expected = self._running[: len(self._scripts)]
        return len(expected) == len(self._scripts) and all(client.step == "its end" for client in self._expected)

    @property
    def _expected(self) -> list[ScriptedClient]:
        return self._clients[: len(self._scripts)]

    def _where_they_stand(self) -> str:
        steps = [f"connection {client.number} is at step {client.step}" for client in self._expected]
        missing = [f"connection {number + 1} has not come" for number in range(len(steps), len(self._scripts))]
        return "; ".join([*steps, *missing])

    async def _end(self) -> None:
        if self._server is not None:
            self._server.close()
        for task in self._running:
            task.cancel()
        await asyncio.gather(*self._running, return_exceptions=True)
        await asyncio.gather(*map(_farewell, self._lines))
        if self._server is not None:
            await self._server.wait_closed()


async def _farewell(line: TcpLine) -> None:
    """Let a client go with 1001, in bounded time."""
    if line.server.is_open:
        line.server.close(1001, "the scripted server ends")
        line.flush()
        line.thaw()
    else:
        line.cut()
    try:
        async with asyncio.timeout(GRACE):
            await line.ended()
    except TimeoutError:
        line.abort()
        await line.ended()
