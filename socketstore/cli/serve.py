"""``socketstore serve``: a recorded session as a server."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

import typer

from socketstore.cli.decoders import ConnectionName
from socketstore.cli.echo import Host, Port, handshake_failed
from socketstore.cli.failing import WRONG_USAGE, Failure
from socketstore.cli.live import ending
from socketstore.cli.options import Session, Speed
from socketstore.cli.output import Screen
from socketstore.cli.words import printable
from socketstore.errors import ListenFailed, ScriptFailed, UsageError
from socketstore.log.log import Log
from socketstore.log.opening import open_log
from socketstore.testing.replay_server import ReplayServer
from socketstore.testing.sessions.terms import Sent

Strict = Annotated[
    bool,
    typer.Option("--strict", help="Compare what clients send with what was sent then; end with 1 at what differs."),
]
Once = Annotated[bool, typer.Option("--once", help="End when the whole session has been served.")]


def serve(
    session: Session,
    host: Host = "127.0.0.1",
    port: Port = 8080,
    speed: Speed = 1.0,
    strict: Strict = False,  # noqa: FBT002 - a switch
    once: Once = False,  # noqa: FBT002 - a switch
    connection: ConnectionName = None,
) -> None:
    """Do for every client what the recorded server did, until Ctrl-C.

    A socket that was not closed in the recording stays open. A client may send messages of 1 MiB, or larger ones if one
    as large was recorded.
    """
    with open_log(session) as log, _briefly():
        asyncio.run(_serve(Screen(), log, host, port, speed, connection, strict=strict, once=once))


async def _serve(
    screen: Screen, log: Log, host: str, port: int, speed: float, connection: str | None, *, strict: bool, once: bool
) -> None:
    with ending() as end:

        def say(words: str) -> None:
            with end.unless_unread():
                for line in words.splitlines():
                    screen.write(printable(line))

        sent: Sent = "strict" if strict else "ignore"
        server = ReplayServer(
            log, host, port, speed=speed, sent=sent, connection=connection, say=say, max_size="recorded"
        )
        server.add_listener("error", lambda event: handshake_failed(event, say))
        asked = asyncio.create_task(end.wait())
        asked.add_done_callback(
            lambda task: task.cancelled() or server.close()
        )  # also while it still reads the session
        try:
            async with server:
                with end.unless_unread():
                    screen.write(f"Serving {log.path} on ", (server.url, "bold"), ("  (Ctrl-C ends it)", "dim"))
                await _until_over(server, asked, once=once)
        except ListenFailed:
            if not asked.done():
                raise
        finally:
            asked.cancel()


@contextmanager
def _briefly() -> Iterator[None]:
    """Say in one line what a client sent that was not expected; the differences have been shown."""
    try:
        yield
    except UsageError as error:  # it speaks of an argument, which is an option here
        raise Failure(str(error).replace("connection=NAME", "--connection NAME"), exit_code=WRONG_USAGE) from error
    except ScriptFailed as error:
        raise Failure(str(error).partition("\n")[0]) from error


async def _until_over(server: ReplayServer, asked: asyncio.Task[None], *, once: bool) -> None:
    served = asyncio.create_task(server.done(timeout=None)) if once else asked
    try:
        await asyncio.wait([asked, served], return_when=asyncio.FIRST_COMPLETED)
    finally:
        served.cancel()
