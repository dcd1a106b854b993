"""Scripted servers for a test that has no event loop, or another one."""

from __future__ import annotations

import asyncio
from contextlib import ExitStack
from types import TracebackType
from typing import Self

from socketstore.testing.background import in_background
from socketstore.testing.scripted import Script, ScriptedServer

PATIENCE = 5.0
"""Seconds that scripts have to come to their end when the test has come to its own."""


class ScriptedServers:
    """Makes scripted servers that run in threads of their own, until the test ends.

    ::

        def test_it_subscribes(socketstore_scripted_server):
            server = socketstore_scripted_server(feed)
            run_program(server.url)
    """

    def __init__(self) -> None:
        self._stack = ExitStack()
        self._running: list[tuple[ScriptedServer, asyncio.AbstractEventLoop]] = []

    def __call__(self, *scripts: Script, then: Script | None = None) -> ScriptedServer:
        """Start a server with these scripts, as `ScriptedServer` takes them.

        Raises:
            UsageError: a script is not callable.
        """
        server = _Standing(*scripts, then=then)
        self._stack.enter_context(in_background(lambda: server))
        self._running.append((server, server.loop))
        return server

    def check(self) -> None:
        """Wait until the scripts are done.

        Raises:
            ScriptFailed: a client deviated, or a script has not come to its end in time.
        """
        for server, loop in self._running:
            asyncio.run_coroutine_threadsafe(server.done(PATIENCE), loop).result()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()


class _Standing(ScriptedServer):
    """Keeps what went wrong for `check`, in the place of raising it where nobody waits."""

    loop: asyncio.AbstractEventLoop

    async def __aenter__(self) -> Self:
        self.loop = asyncio.get_running_loop()
        await super().__aenter__()
        self._failures.stand_alone()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._end()
