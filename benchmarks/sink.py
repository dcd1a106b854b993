"""A WebSocket server that reads whatever comes and says nothing; a process of its own.

``python -m benchmarks.sink`` prints its port. Its own CPU time is nobody's, so it does not look at what it reads.
"""

from __future__ import annotations

import asyncio

from benchmarks.generator import shake_hands

PIECE = 1 << 20  # bytes


async def serve_forever() -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await shake_hands(reader, writer)
        while await reader.read(PIECE):
            pass
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(serve_forever())
