"""Where the words of a connection go: into the store, with its name, the time and the epoch."""

from __future__ import annotations

import time
from asyncio import CancelledError
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from socketstore.connection.wire_log import WireRecorder
from socketstore.sockets.emitter import report
from socketstore.store.store import Store


@dataclass(frozen=True, slots=True)
class Feed:
    """What all attempts of a connection have in common: with `wire`, what sockets do is recorded as well."""

    name: str
    store: Store[Any]
    clock: Callable[[], float]
    wire: WireRecorder | None = None

    def __repr__(self) -> str:
        return f"<connection {self.name!r}>"

    def stamp(self, epoch: int | None = None) -> dict[str, Any]:
        """Return what every word of the connection holds."""
        return {"connection": self.name, "at": self._now(), "epoch": epoch}

    def say(self, action: object) -> None:
        """Dispatch an action; what a reducer or a middleware raises must not end the connection."""
        try:
            self.store.dispatch(action)
        except (Exception, CancelledError) as error:  # noqa: BLE001 - neither the socket nor the next message may suffer
            report(error, f"dispatching {type(action).__name__} raised", source=self)

    def _now(self) -> float:
        try:
            return float(self.clock())
        except Exception as error:  # noqa: BLE001 - a word without the right time is better than none
            report(error, "clock= raised, or returned no number", source=self)
            return time.time()
