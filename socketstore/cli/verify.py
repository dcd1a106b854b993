"""``socketstore verify``: whether a session still replays to the states of the day on which it was recorded."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from socketstore.cli.differing import difference_for_machines
from socketstore.cli.entries.raw import last_number, raw_entries
from socketstore.cli.failing import DIFFERENT, TROUBLE
from socketstore.cli.options import InitialName, OneJson, Session
from socketstore.cli.output import Screen, as_json
from socketstore.cli.progress import counted, progress_of
from socketstore.cli.reducers import Fold, load_fold
from socketstore.cli.words import printable
from socketstore.log.log import Log
from socketstore.log.opening import open_log
from socketstore.log.verifying import Divergence
from socketstore.log.verifying import verify as verify_log

ReducerName = Annotated[
    str, typer.Option("--reducer", metavar="MODULE:NAME", help="The reducer to verify.", show_default=False)
]


def verify(
    session: Session,
    reducer: ReducerName,
    initial: InitialName = None,
    json: OneJson = False,  # noqa: FBT002 - a switch
) -> None:
    """Replay a session, and compare the states on the way with the digests that were recorded.

    The exit code is 0 if they are equal, 1 at the first that is not, 2 if that could not be found out.
    """
    fold = load_fold(reducer, initial)
    with open_log(session) as log:
        digests = sum(entry.kind == "snapshot" for entry in raw_entries(log))
        divergence = _verify(log, fold)
    if json:
        print(as_json(_for_machines(divergence, digests)))
    else:
        _show(Screen(), divergence, digests)
    if divergence is not None:
        raise typer.Exit(DIFFERENT)
    if not digests:
        raise typer.Exit(TROUBLE)


def _verify(log: Log, fold: Fold) -> Divergence | None:
    with progress_of("Reducing") as progress:
        return verify_log(log, counted(fold.reducer, progress, last_number(log)), fold.initial)


def _show(screen: Screen, divergence: Divergence | None, digests: int) -> None:
    if divergence is not None:
        for line in str(divergence).splitlines():
            screen.write(printable(line))
    elif digests:
        screen.write(f"Every state that was recorded is the same again: {digests} compared.")
    else:
        screen.write("The reducer takes every action; no state was recorded with which to compare those it makes.")


def _for_machines(divergence: Divergence | None, digests: int) -> dict[str, Any]:
    if divergence is None:
        return {"same": True if digests else None, "digests": digests}
    return {
        "same": False,
        "digests": digests,
        "sequence": divergence.sequence,
        "equalUntil": divergence.equal_until,
        "count": divergence.count,
        "actions": [{"sequence": entry.sequence, "action": entry.action} for entry in divergence.actions],
        "differences": list(map(difference_for_machines, divergence.differences)),
        "error": divergence.error,
    }
