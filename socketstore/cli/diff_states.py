"""Where the states at two positions of a session differ, by path."""

from __future__ import annotations

from itertools import islice
from pathlib import Path
from typing import Any

from socketstore.cli.decoders import Decoding
from socketstore.cli.differing import difference_for_machines, show_difference
from socketstore.cli.entries.raw import last_number
from socketstore.cli.entries.replayable import refuse_unless_replayable
from socketstore.cli.output import Screen, as_json
from socketstore.cli.progress import progress_of
from socketstore.cli.reducers import Fold
from socketstore.log.history import History
from socketstore.log.opening import open_log
from socketstore.store.differences import each_difference


def diff_states(
    session: Path, positions: tuple[int, int], fold: Fold, decoding: Decoding, limit: int | None, *, json: bool
) -> bool:
    """Show where two states differ, and tell whether they are the same."""
    with open_log(session) as log:
        refuse_unless_replayable(log, decoding)
        with progress_of("Reducing", total=last_number(log)) as progress:
            history = History(log, fold.reducer, fold.initial, progress=progress, **decoding)
        before, after = (history.at(position) for position in positions)
    return _show(before, after, limit, json=json)


def _show(before: Any, after: Any, limit: int | None, *, json: bool) -> bool:
    screen, count = Screen(), 0
    for difference in islice(each_difference(before, after), limit):
        count += 1
        if json:
            print(as_json(difference_for_machines(difference)))
        else:
            show_difference(screen, difference)
    if json:
        print(as_json({"same": not count, "differences": count}))
    elif not count:
        screen.write("The states are the same.")
    return not count
