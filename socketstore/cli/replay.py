"""``socketstore replay``: a recorded session again."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable, Iterable
from itertools import takewhile
from typing import Annotated, Any

import typer

from socketstore.cli.decoders import ConnectionName, DecodeName, Decoding, MessagesName, load_decoding
from socketstore.cli.entries.raw import last_number, start_of
from socketstore.cli.entries.replayable import warn_unless_replayable
from socketstore.cli.failing import WRONG_USAGE, Failure
from socketstore.cli.live import ending, shown
from socketstore.cli.options import InitialName, Json, ReducerName, Session, above_zero
from socketstore.cli.output import Output, choose_output
from socketstore.cli.progress import counted, progress_of
from socketstore.cli.reducers import NO_FOLD, Fold, load_fold
from socketstore.errors import DecodeError
from socketstore.log.beginning import beginning
from socketstore.log.entries import ActionEntry, Entry, FailedEntry
from socketstore.log.log import Log
from socketstore.log.opening import open_log
from socketstore.log.playing import play
from socketstore.log.replaying import replay as fold_log
from socketstore.log.scripts import script
from socketstore.store.store import Store

LastEntry = Annotated[int | None, typer.Option("--until", min=0, metavar="N", help="Up to and with entry number N.")]
FromSnapshot = Annotated[
    bool, typer.Option("--from-snapshot", help="Begin with the last snapshot, which is faster; needs a reducer.")
]
InTime = Annotated[
    float | None,
    typer.Option(
        "--speed",
        metavar="X",
        help="Play it in time, with each state: 1 as it was recorded, 10 ten times as fast; inf does not wait.",
        callback=above_zero,
    ),
]


def replay(
    session: Session,
    reducer: ReducerName = None,
    initial: InitialName = None,
    until: LastEntry = None,
    from_snapshot: FromSnapshot = False,  # noqa: FBT002 - a switch
    speed: InTime = None,
    messages: MessagesName = None,
    decode: DecodeName = None,
    connection: ConnectionName = None,
    json: Json = False,  # noqa: FBT002 - a switch
) -> None:
    """List the actions of a recorded session, and show the state they lead to if a reducer is given."""
    fold, output = load_fold(reducer, initial), choose_output(json=json)
    decoding = load_decoding(messages, decode, connection)
    _check(fold, speed, from_snapshot=from_snapshot)
    with open_log(session) as log:
        warn_unless_replayable(log, decoding)
        try:
            if speed is not None:
                state = asyncio.run(_play(log, fold, output, speed, until, decoding))
            else:
                state = _list_and_fold(log, fold, output, until, decoding, from_snapshot=from_snapshot)
        except DecodeError as error:
            raise _explained(error, reducer) from error
    if fold is not NO_FOLD:
        output.final_state(state)


def _check(fold: Fold, speed: float | None, *, from_snapshot: bool) -> None:
    if from_snapshot and (speed is not None or fold is NO_FOLD):
        message = "got --from-snapshot; expected a --reducer beside it, and no --speed"
        raise Failure(message, exit_code=WRONG_USAGE)


def _list_and_fold(
    log: Log, fold: Fold, output: Output, until: int | None, decoding: Decoding, *, from_snapshot: bool
) -> Any:
    begin = beginning(log, fold.initial, until=until, from_snapshot=True).sequence if from_snapshot else 0
    entries = takewhile(lambda entry: until is None or entry.sequence <= until, log.read(begin))
    _list(entries, output, decoding)
    if fold is NO_FOLD:
        return None
    with progress_of("Reducing") as progress:
        reducer = counted(fold.reducer, progress, last_number(log))
        return fold_log(log, reducer, fold.initial, until=until, from_snapshot=from_snapshot, **decoding)


def _list(entries: Iterable[Entry], output: Output, decoding: Decoding) -> None:
    is_anew = any(value is not None for value in decoding.values())
    for entry in script(**decoding).steps(entries) if is_anew else entries:
        if isinstance(entry, (ActionEntry, FailedEntry)):
            output.action(entry.action if isinstance(entry, ActionEntry) else entry, entry.at)


async def _play(log: Log, fold: Fold, output: Output, speed: float, until: int | None, decoding: Decoding) -> Any:
    with ending() as end:
        store = Store(fold.reducer, fold.initial, middleware=[shown(output, end, _clock(start_of(log) or 0.0, speed))])
        playing = asyncio.create_task(play(log, store, speed=speed, until=until, **decoding))
        asked = asyncio.create_task(end.wait())
        await asyncio.wait([playing, asked], return_when=asyncio.FIRST_COMPLETED)
        asked.cancel()
        if playing.done():
            playing.result()
        else:
            playing.cancel()
        return store.state


def _clock(start: float, speed: float) -> Callable[[], float]:
    """Make the clock of the recording, for actions that hold no time of their own."""
    now = asyncio.get_running_loop().time
    began, pace = now(), 0.0 if math.isinf(speed) else speed
    return lambda: start + (now() - began) * pace


def _explained(error: DecodeError, reducer: str | None) -> Exception:
    if reducer is not None:
        return error
    return Failure(f"{error} A reducer brings its classes along: add --reducer module:name.")
