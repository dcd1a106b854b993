"""``socketstore demo``: the whole path in one process."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from socketstore.cli.chat import chat
from socketstore.cli.live import ending, shown
from socketstore.cli.options import Seconds
from socketstore.cli.output import Lines, Screen
from socketstore.cli.recordings import new_log, tell_of, temporary_file
from socketstore.connection.connection import Connection
from socketstore.log.log import Log
from socketstore.log.opening import open_log
from socketstore.log.recording import record
from socketstore.store.store import Store
from socketstore.testing.echo import EchoServer

HELLO = "I am LEGENDARY!"
REDUCER = "socketstore.cli.chat:chat"

OutputFile = Annotated[
    Path | None, typer.Option("-o", "--output", metavar="FILE", help="Record into this file, not a temporary one.")
]


def demo(seconds: Seconds = None, output: OutputFile = None) -> None:
    """Start an echo server, connect a store to it, and show actions and state live."""
    screen, path = Screen(), output or temporary_file()
    log = open_log(path, mode="w") if output is None else new_log(path)
    with log:
        asyncio.run(_converse(screen, log, seconds))
        entries = sum(1 for _ in log.read())
    screen.write()
    tell_of(screen, path, entries, "--reducer", REDUCER)


async def _converse(screen: Screen, log: Log, seconds: float | None) -> None:
    with ending() as end:
        store = Store(chat, chat.initial, middleware=[shown(Lines(screen), end), record(log)])
        async with EchoServer(call_every=1.0) as server:
            with end.unless_unread():
                _introduce(screen, server.url)
            async with Connection(server.url, store, reconnect=None, on_open=_say_hello, proxy=None):
                await end.wait(seconds)


def _introduce(screen: Screen, url: str) -> None:
    screen.write(("An echo server runs at ", ""), (url, "bold"), ("; a store connects to it.", ""))
    screen.write(("Each action with its time, then → the state. Ctrl-C ends it.", "dim"))
    screen.write()


async def _say_hello(connection: Connection) -> None:
    await connection.send(HELLO)
