"""What befalls logs that nobody has closed: the end of the interpreter, and a fork."""

from __future__ import annotations

import atexit
import os
from typing import Protocol
from weakref import WeakSet


class Open(Protocol):
    """A log, as long as it is open for writing."""

    def finish(self) -> None:
        """Write what waits, and let nothing wait from now on."""
        ...

    def disown(self) -> None:
        """Write nothing from now on: this process is the child of the one that writes."""
        ...


OPEN: WeakSet[Open] = WeakSet()
"""Every log that is open for writing."""

GATHERING: set[Open] = set()
"""Those in which entries wait, which are to be written even if nobody refers to the log any more."""


def finish_all() -> None:
    """Write what waits in every log, before the interpreter ends its threads.

    Raises:
        ExceptionGroup: some of it could not be written.
    """
    errors: list[Exception] = []
    for log in list(GATHERING):
        try:
            log.finish()
        except Exception as error:  # noqa: BLE001 - the others are to be written all the same
            errors.append(error)
    if errors:
        reasons = "; ".join(map(str, errors))
        message = f"entries are lost, which could not be written at the end of the program: {reasons}"
        raise ExceptionGroup(message, errors)


def disown_all() -> None:
    """Let go of every log, in the child of a fork."""
    for log in list(OPEN):
        log.disown()
    OPEN.clear()
    GATHERING.clear()


atexit.register(finish_all)
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=disown_all)
