"""``socketstore record``: a session into a file."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from socketstore.actions import JustConnected
from socketstore.cli.connecting import connect
from socketstore.cli.failing import Failure
from socketstore.cli.live import ending, run_until
from socketstore.cli.options import Seconds, Send, Url
from socketstore.cli.output import Screen
from socketstore.cli.recordings import new_log, tell_of
from socketstore.connection.connection import Connection
from socketstore.log.recording import record as recorder
from socketstore.log.writing import Durability
from socketstore.store.store import Store

OutputFile = Annotated[
    Path,
    typer.Option(
        "-o", "--output", metavar="FILE", help="A new file whose name ends in .jsonl or .db", show_default=False
    ),
]
Wire = Annotated[
    bool,
    typer.Option("--wire/--no-wire", help="Record the socket as well: frames in both directions, opens and closes."),
]
Durable = Annotated[
    Durability | None,
    typer.Option(
        "--durability",
        help="What survives: os, the end of this process; entry, a power cut; batch, that but for the last moment.",
    ),
]


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a recording has come."""

    entries: int = 0
    opened: bool = False


def record(
    url: Url,
    output: OutputFile,
    send: Send = None,
    seconds: Seconds = None,
    wire: Wire = True,  # noqa: FBT002 - a switch
    durability: Durable = None,
) -> None:
    """Connect and record each action and each frame into a file, until the server closes or Ctrl-C."""
    screen = Screen()
    with new_log(output, durability) as log:
        store = Store(_progress, Progress(), middleware=[recorder(log)])
        try:
            connection = connect(url, store, send or [], log=log if wire else None)
            asyncio.run(_record(screen, f"{url} into {output}", connection, store, seconds))
        finally:
            log.close()
            _finish(screen, output, log.last if store.state.opened else 0)
    if not store.state.opened:
        message = f"{url} did not open before the end, so nothing was recorded; give it more time"
        raise Failure(message)


def _progress(state: Progress, action: object) -> Progress:
    return Progress(state.entries + 1, state.opened or isinstance(action, JustConnected))


async def _record(
    screen: Screen, what: str, connection: Connection, store: Store[Progress], seconds: float | None
) -> None:
    with ending() as end, screen.counting() as count:

        def begun(_: bool) -> None:  # noqa: FBT001 - called with what was selected
            with end.unless_unread():
                screen.write(f"Recording {what}", ("  (Ctrl-C ends it)", "dim"))

        store.subscribe(begun, select=lambda state: state.opened)
        store.subscribe(count, select=lambda state: state.entries)
        await run_until(end, connection, seconds)


def _finish(screen: Screen, path: Path, entries: int) -> None:
    if entries:
        tell_of(screen, path, entries)
    else:
        path.unlink()
