"""A chat client: sends each line of its input, prints what comes, and records it if told so.

python -m examples.chat [URL] [--record FILE]
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import threading
from collections.abc import AsyncIterator
from contextlib import suppress

from examples.chat.state import Chat, chat
from examples.saying import say
from socketstore import Connection, NotOpen, OutboxFull, SocketstoreError, Store, open_log, record


def main() -> int:
    options = arguments()
    try:
        with suppress(KeyboardInterrupt):  # the connection has been closed on the way here
            asyncio.run(session(options.url, options.record))
    except SocketstoreError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m examples.chat", description="Chat with a WebSocket server.")
    parser.add_argument("url", nargs="?", default="ws://localhost:8080", help="default: %(default)s")
    parser.add_argument("--record", metavar="FILE", help="a new file whose name ends in .jsonl")
    return parser.parse_args()


async def session(url: str, file: str | None) -> None:
    if file is None:
        await converse(url, Store(chat, Chat()))
        return
    with open_log(file, mode="x") as log:
        await converse(url, Store(chat, Chat(), middleware=[record(log)]))


async def converse(url: str, store: Store[Chat]) -> None:
    store.subscribe(lambda online: say("* online" if online else "* offline"), select=lambda state: state.online)
    store.subscribe(Printer(), select=lambda state: state.lines)
    async with Connection(url, store, open_timeout=5) as connection:
        async for line in typed():
            try:
                await connection.send(line)  # while offline it waits, and goes out after the next open
            except (NotOpen, OutboxFull) as error:
                say(f"* that was not sent: {error}")


class Printer:
    """Prints the lines that are new; several may have come with one read of the socket."""

    def __init__(self) -> None:
        self.printed = 0

    def __call__(self, lines: tuple[str, ...]) -> None:
        for line in lines[self.printed :]:
            say(f"< {line}")
        self.printed = len(lines)


async def typed() -> AsyncIterator[str]:
    """Yield the lines of the input, read in a thread, for reading would hold the event loop up."""
    loop = asyncio.get_running_loop()
    lines: asyncio.Queue[str | None] = asyncio.Queue()

    def read() -> None:
        with suppress(RuntimeError):  # the loop is closed: nobody wants the line any more
            for line in open(0, closefd=False):  # noqa: SIM115 - sys.stdin's lock would be missed at the exit
                loop.call_soon_threadsafe(lines.put_nowait, line.rstrip("\n"))
            loop.call_soon_threadsafe(lines.put_nowait, None)

    threading.Thread(target=read, daemon=True).start()  # a daemon: Ctrl-C must not wait for one more line
    while (line := await lines.get()) is not None:
        yield line


if __name__ == "__main__":
    sys.exit(main())
