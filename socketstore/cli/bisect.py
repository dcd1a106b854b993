"""``socketstore bisect``: the entry of a recorded session since which something is so."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any

import typer

from socketstore.cli.decoders import ConnectionName, DecodeName, Decoding, MessagesName, load_decoding
from socketstore.cli.differing import INDENT, difference_for_machines, show_difference
from socketstore.cli.entries.raw import last_number, raw_entries, start_of
from socketstore.cli.entries.replayable import refuse_unless_replayable
from socketstore.cli.entries.table import Table
from socketstore.cli.failing import DIFFERENT
from socketstore.cli.options import InitialName, OneJson, Session
from socketstore.cli.output import Screen, as_json
from socketstore.cli.progress import progress_of
from socketstore.cli.reducers import Fold, load_fold, load_function
from socketstore.log.history import History
from socketstore.log.log import Log
from socketstore.log.moments import Moment
from socketstore.log.opening import open_log
from socketstore.store.differences import differences

SHOWN = 100  # differences

ReducerName = Annotated[
    str, typer.Option("--reducer", metavar="MODULE:NAME", help="Makes the states.", show_default=False)
]
When = Annotated[
    str,
    typer.Option(
        "--when", metavar="MODULE:NAME", help="A function of a state that tells whether it is so.", show_default=False
    ),
]
Linear = Annotated[
    bool, typer.Option("--linear", help="Look at every state, as it may not stay so; otherwise it is bisected.")
]


def bisect(
    session: Session,
    reducer: ReducerName,
    when: When,
    initial: InitialName = None,
    messages: MessagesName = None,
    decode: DecodeName = None,
    connection: ConnectionName = None,
    linear: Linear = False,  # noqa: FBT002 - a switch
    json: OneJson = False,  # noqa: FBT002 - a switch
) -> None:
    """Find the first entry after which something is true of the state, and show what that entry changed.

    The exit code is 0 if there is one, 1 if it is never true, or without --linear not at the end, 2 if that could not
    be found out.
    """
    fold, decoding = load_fold(reducer, initial), load_decoding(messages, decode, connection)
    predicate = load_function("--when", when, "a function of a state that returns whether it is so")
    with open_log(session) as log:
        refuse_unless_replayable(log, decoding)
        moment = _find(log, fold, decoding, predicate, linear=linear)
        if json:
            print(as_json(_for_machines(log, moment)))
        else:
            _show(Screen(), log, moment, when, linear=linear)
    if moment is None:
        raise typer.Exit(DIFFERENT)


def _find(
    log: Log, fold: Fold, decoding: Decoding, predicate: Callable[[Any], Any], *, linear: bool
) -> Moment[Any] | None:
    with progress_of("Reducing", total=last_number(log)) as progress:
        history = History(log, fold.reducer, fold.initial, progress=progress, **decoding)
    return history.search(predicate) if linear else history.first(predicate)


def _show(screen: Screen, log: Log, moment: Moment[Any] | None, when: str, *, linear: bool) -> None:
    if moment is None and linear:
        screen.write(f"{when} is never true.")
    elif moment is None:
        screen.write(f"{when} is not true at the end. If it may have been before, --linear looks at every state.")
    elif moment.entry is None:
        screen.write(f"{when} is true from the beginning.")
    else:
        screen.write((f"{when} is true since entry {moment.sequence}:", "bold"))
        entry = next(raw_entries(log, after=moment.sequence - 1))
        Table(screen, start_of(log) or entry.at).row(entry)
        screen.write("What it changed:")
        for difference in differences(moment.before, moment.after, limit=SHOWN):
            show_difference(screen, difference, indent=INDENT)


def _for_machines(log: Log, moment: Moment[Any] | None) -> dict[str, Any]:
    if moment is None:
        return {"found": False}
    if moment.entry is None:
        return {"found": True, "sequence": moment.sequence, "entry": None, "differences": []}
    entry = next(raw_entries(log, after=moment.sequence - 1))
    found = differences(moment.before, moment.after, limit=SHOWN)
    changes = list(map(difference_for_machines, found))
    return {"found": True, "sequence": moment.sequence, "entry": entry.fields, "differences": changes}
