"""``socketstore replay``: a recorded session again."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from socketstore.cli.failing import Failure
from socketstore.cli.options import InitialName, Json, ReducerName
from socketstore.cli.output import Output, choose_output
from socketstore.cli.reducers import NO_FOLD, load_fold
from socketstore.errors import DecodeError
from socketstore.log.entries import ActionEntry, FailedEntry
from socketstore.log.log import Log
from socketstore.log.opening import open_log
from socketstore.log.replaying import replay as fold_log

LogFile = Annotated[
    Path, typer.Argument(metavar="FILE", help="A recorded session, for example session.jsonl", show_default=False)
]


def replay(
    file: LogFile,
    reducer: ReducerName = None,
    initial: InitialName = None,
    json: Json = False,  # noqa: FBT002 - a switch
) -> None:
    """List the actions of a recorded session, and show the state they lead to if a reducer is given."""
    fold, output = load_fold(reducer, initial), choose_output(json=json)
    with open_log(file) as log:
        try:
            _list(log, output)
        except DecodeError as error:
            raise _explained(error, reducer) from error
        if fold is not NO_FOLD:
            output.final_state(fold_log(log, fold.reducer, fold.initial))


def _list(log: Log, output: Output) -> None:
    for entry in log.read():
        if isinstance(entry, (ActionEntry, FailedEntry)):
            output.action(entry.action if isinstance(entry, ActionEntry) else entry, entry.at)


def _explained(error: DecodeError, reducer: str | None) -> Exception:
    if reducer is not None:
        return error
    return Failure(f"{error} A reducer brings its classes along: add --reducer module:name.")
