"""Waits that end: what the program's own functions do must not keep a connection from closing."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import Any

from socketstore.sockets.emitter import report

GRACE = 10.0
"""Seconds that a cancelled task has to clean up; after that it is left alone, which is reported."""


async def end(tasks: Iterable[asyncio.Task[Any]], *, source: object) -> None:
    """Cancel tasks and wait until they have ended, for `GRACE` seconds at most."""
    running = {task for task in tasks if not task.done()}
    for task in running:
        task.cancel()
    if not running:
        return
    _, late = await asyncio.wait(running, timeout=GRACE)
    for task in late:
        error = TimeoutError(f"{task.get_name()} was cancelled, and still runs after {GRACE:g} s")
        report(error, "a function of the program does not end", source=source)
