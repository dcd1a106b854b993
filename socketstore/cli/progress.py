"""Bars for what takes long: on a terminal, on stderr, and gone when it is done."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

from socketstore.cli.entries.raw import STEP
from socketstore.cli.entries.raw import Progress as Report
from socketstore.store.types import Reducer


@contextmanager
def progress_of(what: str, *, total: int | None = None) -> Iterator[Report | None]:
    """Show how far something is; yield what is called with done and total, `None` where there is no terminal.

    Args:
        what: is done.
        total: how much there is, where that is known better here.
    """
    if not sys.stderr.isatty():
        yield None
        return
    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeRemainingColumn())
    console = Console(stderr=True)
    with Progress(*columns, console=console, transient=True, redirect_stdout=False) as bars:
        task = bars.add_task(what, total=None)
        yield lambda done, told: bars.update(task, completed=done, total=total or told)


def counted(reducer: Reducer[Any], progress: Report | None, total: int) -> Reducer[Any]:
    """Make a reducer that does the same, and tells of how many actions it has reduced."""
    if progress is None:
        return reducer
    numbers = count(1)

    def reduce(state: Any, action: Any) -> Any:
        number = next(numbers)
        if number % STEP == 0:
            progress(min(number, total), total)
        return reducer(state, action)

    return reduce
