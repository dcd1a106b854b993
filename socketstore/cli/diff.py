"""``socketstore diff``: where two recorded sessions differ, or two states of one."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Any

import typer

from socketstore.cli.completing import complete_sessions
from socketstore.cli.decoders import ConnectionName, DecodeName, MessagesName, load_decoding
from socketstore.cli.diff_sessions import diff_sessions
from socketstore.cli.diff_states import diff_states
from socketstore.cli.entries.comparing import TIMES
from socketstore.cli.failing import DIFFERENT, WRONG_USAGE, Failure
from socketstore.cli.options import FoldReducer, InitialName, JsonLines, Session, known_session
from socketstore.cli.reducers import load_fold

Other = Annotated[
    Path | None,
    typer.Argument(
        metavar="OTHER", help="Another recorded session", autocompletion=complete_sessions, callback=known_session
    ),
]
At = Annotated[
    list[int] | None,
    typer.Option(
        "--at",
        min=0,
        metavar="N",
        help="Instead of another session: compare the states after two entries; give it twice. 0 is the initial state.",
    ),
]
Times = Annotated[bool, typer.Option("--times", help="Times count as well: the keys named at.")]
Ignored = Annotated[
    list[str] | None,
    typer.Option(
        "--ignore",
        metavar="KEY",
        help="A key of an entry or an action that does not count, for example url; may be given several times.",
    ),
]
Limit = Annotated[int | None, typer.Option("--limit", min=1, metavar="N", help="Show no more than N differences.")]


def diff(
    session: Session,
    other: Other = None,
    at: At = None,
    reducer: FoldReducer = None,
    initial: InitialName = None,
    messages: MessagesName = None,
    decode: DecodeName = None,
    connection: ConnectionName = None,
    times: Times = False,  # noqa: FBT002 - a switch
    ignore: Ignored = None,
    limit: Limit = None,
    json: JsonLines = False,  # noqa: FBT002 - a switch
) -> None:
    """Show where two recorded sessions differ, or the states at two positions of one.

    The exit code is that of diff: 0 if they are the same, 1 if they differ, 2 if that could not be found out.
    """
    if other is not None:
        _refuse(at, reducer, initial, messages, decode, connection)
        ignored = frozenset(ignore or ()) | (frozenset() if times else TIMES)
        same = diff_sessions(session, other, ignored, limit, json=json)
    else:
        positions, fold = _two(at), load_fold(_needed(reducer), initial)
        same = diff_states(session, positions, fold, load_decoding(messages, decode, connection), limit, json=json)
    if not same:
        raise typer.Exit(DIFFERENT)


def _refuse(*values: Any) -> None:
    if any(value is not None for value in values):
        message = "got two sessions and --at, a reducer or a decoder; these are for two positions of one session"
        raise Failure(message, exit_code=WRONG_USAGE)


def _two(positions: Iterable[int] | None) -> tuple[int, int]:
    match list(positions or ()):
        case [before, after]:
            return before, after
    message = "got one session; expected another one, or two positions: --at 10 --at 20 --reducer module:name"
    raise Failure(message, exit_code=WRONG_USAGE)


def _needed(reducer: str | None) -> str:
    if reducer is None:
        message = "got --at without a reducer; name the one that makes the states: --reducer module:name"
        raise Failure(message, exit_code=WRONG_USAGE)
    return reducer
