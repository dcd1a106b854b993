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
from socketstore.log.recording import record as recorder
from socketstore.store.store import Store

OutputFile = Annotated[
    Path,
    typer.Option("-o", "--output", metavar="FILE", help="A new file whose name ends in .jsonl", show_default=False),
]


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a recording has come."""

    entries: int = 0
    opened: bool = False


def record(url: Url, output: OutputFile, send: Send = None, seconds: Seconds = None) -> None:
    """Connect and record each action into a file, until the server closes or Ctrl-C."""
    screen = Screen()
    with new_log(output) as log:
        store = Store(_progress, Progress(), middleware=[recorder(log)])
        try:
            asyncio.run(_record(screen, output, store, url, send or [], seconds))
        finally:
            log.close()
            _finish(screen, output, store.state)
    if not store.state.opened:
        message = f"{url} did not open before the end, so nothing was recorded; give it more time"
        raise Failure(message)


def _progress(state: Progress, action: object) -> Progress:
    return Progress(state.entries + 1, state.opened or isinstance(action, JustConnected))


async def _record(
    screen: Screen, path: Path, store: Store[Progress], url: str, texts: list[str], seconds: float | None
) -> None:
    connection = connect(url, store, texts)
    with ending() as end, screen.counting() as count:

        def begun(_: bool) -> None:  # noqa: FBT001 - called with what was selected
            with end.unless_unread():
                screen.write("Recording ", (url, "bold"), f" into {path}", ("  (Ctrl-C ends it)", "dim"))

        store.subscribe(begun, select=lambda state: state.opened)
        store.subscribe(count, select=lambda state: state.entries)
        await run_until(end, connection, seconds)


def _finish(screen: Screen, path: Path, progress: Progress) -> None:
    if progress.opened:
        tell_of(screen, path, progress.entries)
    else:
        path.unlink()
