"""The process of the server, from the side of the client."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field


@dataclass(slots=True)
class Server:
    """The process of the server.

    Attributes:
        process: the same.
        url: where it is.
        seen: what it has seen, once it has ended.
    """

    process: asyncio.subprocess.Process
    url: str
    seen: dict[str, int] = field(default_factory=dict)

    def let_be(self) -> None:
        """Let it strike no more."""
        if self.process.stdin is not None:
            self.process.stdin.write(b"\n")


@asynccontextmanager
async def server_process(seed: int, every: float) -> AsyncIterator[Server]:
    """Run the server in a process of its own."""
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.soak.server", str(seed), str(every), stdin=pipe, stdout=pipe
    )
    try:
        assert process.stdin is not None
        assert process.stdout is not None
        server = Server(process, (await process.stdout.readline()).decode().strip())
        yield server
        process.stdin.close()
        told, _ = await process.communicate()
        server.seen.update(json.loads(told))
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
