"""``socketstore echo``: a server to talk to."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Annotated, Any

import typer

from socketstore.cli.live import Ending, ending
from socketstore.cli.output import Screen
from socketstore.cli.page import page_server
from socketstore.cli.words import printable
from socketstore.sockets.events import ErrorEvent
from socketstore.testing.echo import EchoServer

STYLES = {"client": "green", "received:": "cyan", "Connection": "magenta", "handshake": "red"}

Host = Annotated[str, typer.Option(help="The interface to listen on; only this machine unless told otherwise.")]
Port = Annotated[int, typer.Option(min=0, max=65_535, help="The port; 0 takes a free one.")]
Page = Annotated[bool, typer.Option("--page", help="Serve the browser page over HTTP at the same address.")]


def echo(host: Host = "127.0.0.1", port: Port = 8080, page: Page = False) -> None:  # noqa: FBT002 - a switch
    """Echo each message, and call "Hello?" every second, until Ctrl-C."""
    options = {"process_request": page_server()} if page else {}
    asyncio.run(_serve(Screen(), host, port, options))


async def _serve(screen: Screen, host: str, port: int, options: dict[str, Any]) -> None:
    with ending() as end:

        def say(line: str) -> None:
            _say(screen, end, line)

        server = EchoServer(host, port, call_every=1.0, say=say, **options)
        server.add_listener("error", lambda event: handshake_failed(event, say))
        async with server:
            with end.unless_unread():
                _introduce(screen, server.url, with_page=bool(options))
            await end.wait()


def _introduce(screen: Screen, url: str, *, with_page: bool) -> None:
    screen.write("Listening on ", (url, "bold"), ("  (Ctrl-C ends it)", "dim"))
    if with_page:
        screen.write("The page is at ", (url.replace("ws", "http", 1) + "/", "bold"))


def _say(screen: Screen, end: Ending, line: str) -> None:
    with end.unless_unread():
        screen.write((printable(line), STYLES.get(line.partition(" ")[0], "")))


def handshake_failed(event: ErrorEvent, say: Callable[[str], object]) -> None:
    """Say in one line who came and was no client."""
    if not isinstance(event.error, OSError):  # a port that cannot be had is told of once, at the end
        say(f"handshake failed: {event.error}")
