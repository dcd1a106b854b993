"""Arguments and options that several commands have in common."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from socketstore.cli.completing import complete_sessions

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
        "--speed", min=0, metavar="X", help="1 is the recorded time, 10 ten times as fast; inf does not wait."
    ),
]
