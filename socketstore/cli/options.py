"""Arguments and options that several commands have in common."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from socketstore.cli.completing import complete_sessions
from socketstore.cli.failing import WRONG_USAGE, Failure
from socketstore.cli.invocation import command
from socketstore.log.opening import FORMATS


def known_session(session: Path | None) -> Path | None:
    """Return the path of a session, unless a file of another format is there, which has to be converted first."""
    if session is not None and session.suffix not in FORMATS and session.is_file():
        target = _unpacked(session).with_suffix(".jsonl")
        message = (
            f"got the session {session}; expected a name that ends in {' or '.join(FORMATS)}. "
            f"If another program recorded it: {command('convert', str(session), str(target))}"
        )
        raise Failure(message, exit_code=WRONG_USAGE)
    return session


def above_zero(speed: float | None) -> float | None:
    """Return a speed at which something can be played."""
    if speed is not None and not speed > 0:
        message = f"got --speed {speed:g}; expected more than 0: 1 is the recorded time, inf does not wait"
        raise Failure(message, exit_code=WRONG_USAGE)
    return speed


Url = Annotated[str, typer.Argument(metavar="URL", help="ws://host:port/path or wss://…", show_default=False)]

ReducerName = Annotated[
    str | None,
    typer.Option("--reducer", metavar="MODULE:NAME", help="Fold the actions with this reducer and show the state."),
]

InitialName = Annotated[
    str | None,
    typer.Option(
        "--initial",
        metavar="MODULE:NAME",
        help="The state before the first action, or a class to call; needed unless the reducer has its own .initial.",
    ),
]

Json = Annotated[bool, typer.Option("--json", help='Print one JSON object a line; a state as {"state": …}.')]

Send = Annotated[
    list[str] | None, typer.Option("--send", metavar="TEXT", help="Send this once open; may be given several times.")
]

Seconds = Annotated[
    float | None, typer.Option("--seconds", min=0, metavar="N", help="End after so many seconds instead of at Ctrl-C.")
]

Session = Annotated[
    Path,
    typer.Argument(
        metavar="SESSION",
        help="A recorded session, for example session.jsonl",
        show_default=False,
        autocompletion=complete_sessions,
        callback=known_session,
    ),
]

FoldReducer = Annotated[
    str | None, typer.Option("--reducer", metavar="MODULE:NAME", help="Fold the actions with this reducer.")
]

OneJson = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]

JsonLines = Annotated[bool, typer.Option("--json", help="Print one JSON object a line.")]

Speed = Annotated[
    float,
    typer.Option(
        "--speed",
        metavar="X",
        help="1 is the recorded time, 10 ten times as fast; inf does not wait.",
        callback=above_zero,
    ),
]


def _unpacked(session: Path) -> Path:
    return session.with_suffix("") if session.suffix == ".gz" else session
