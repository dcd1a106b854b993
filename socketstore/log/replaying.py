"""The fold: from a log and a reducer back to the state."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import takewhile
from typing import Any

from socketstore.decoding.decoder import Decode
from socketstore.log.beginning import beginning
from socketstore.log.folding import Step, folded
from socketstore.log.log import Log
from socketstore.log.numbers import check_number
from socketstore.log.scripts import script
from socketstore.store.types import Reducer, S


def replay(
    log: Log,
    reducer: Reducer[S],
    initial: S,
    *,
    until: int | None = None,
    from_snapshot: bool = False,
    messages: Any = None,
    decode: Decode | None = None,
    connection: str | None = None,
) -> S:
    """Fold the actions of a log into the state that a live store would have. Nothing but the reducer runs.

    An action on which the reducer raised when it was recorded is passed over: the state stayed as it was
    then. Import the modules of your action classes first: a class is found by its tag. A log that holds frames alone
    has no actions: it needs a decoder.

    With ``messages=``, ``decode=`` or ``connection=`` the recorded actions do not count: what came on the wire goes
    through a new decoder, and the reducer takes what a connection would dispatch, `MessageRejected` included. A reducer
    that raises on that is warned of, and does not end the replay, as it would not end a connection. Nor do the states
    count to which the store was put (`restore`, a new sitting in the same log): another reducer has made them, perhaps
    of another class. Only what a log was compacted to, or ``from_snapshot=True``, is begun with all the same.

    Args:
        log: as `open_log` returns it. One that was compacted begins with its snapshot, whatever `initial` is.
        reducer: the one that was recorded, or a newer one.
        initial: the state before the first action.
        until: the number of the last entry that counts; ``None``: all.
        from_snapshot: begin with the last snapshot that has a state, and does not stand behind `until`. This is
            faster, and gives the same state unless the reducer is another one by now.
        messages: as for `Connection`: the types of the messages, for frames that were recorded by ``Connection(log=)``.
        decode: as for `Connection`.
        connection: only the frames of the connection with this name, which must be in the log.

    Raises:
        ReplayError: the reducer raised on an action that it had taken, or the log has lost its first entries and holds
            no snapshot.
        LogCorrupted: an entry cannot be read.
        DecodeError: an action's class is unknown, or its fields do not fit; or the state in a snapshot.
        UsageError: an argument cannot be used.
    """
    check_until(until)
    recorded = script(messages, decode, connection)
    begin = beginning(log, initial, until=until, from_snapshot=from_snapshot)
    recorded.check(log)
    steps = steps_until(until, recorded.steps(log.read_on(begin.sequence)))
    return folded(recorded.reducer(reducer), begin.state, steps)


def steps_until(until: int | None, steps: Iterator[Step]) -> Iterator[Step]:
    """Leave out the steps behind an entry."""
    return steps if until is None else takewhile(lambda step: step.sequence <= until, steps)


def check_until(until: Any) -> None:
    """Return if this is the number of the last entry that counts, or ``None``.

    Raises:
        UsageError: it is neither.
    """
    if until is not None:
        check_number("until", until)
