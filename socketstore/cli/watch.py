"""``socketstore watch``: what a server says, as actions."""

from __future__ import annotations

import asyncio
from typing import Annotated

import typer

from socketstore.cli.connecting import connect
from socketstore.cli.live import ending, run_until, shown
from socketstore.cli.options import InitialName, Json, ReducerName, Send, Url
from socketstore.cli.output import Output, choose_output
from socketstore.cli.reducers import Fold, load_fold
from socketstore.connection.backoff import Backoff
from socketstore.store.store import Store

Reconnect = Annotated[bool, typer.Option("--reconnect", help="Connect again whenever the connection ends.")]


def watch(
    url: Url,
    reducer: ReducerName = None,
    initial: InitialName = None,
    send: Send = None,
    json: Json = False,  # noqa: FBT002 - a switch
    reconnect: Reconnect = False,  # noqa: FBT002 - a switch
) -> None:
    """Connect and show each action, and the state if a reducer is given, as they come.

    Ends when the server closes: with exit code 0 if it did so cleanly, else 1.
    """
    fold, output = load_fold(reducer, initial), choose_output(json=json)
    asyncio.run(_watch(url, fold, output, send or [], Backoff() if reconnect else None))


async def _watch(url: str, fold: Fold, output: Output, texts: list[str], reconnect: Backoff | None) -> None:
    with ending() as end:
        store = Store(fold.reducer, fold.initial, middleware=[shown(output, end)])
        await run_until(end, connect(url, store, texts, reconnect=reconnect))
