"""A middleware that writes what happens, for people: each action, what it changed, and how long it took."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import datetime
from time import perf_counter
from typing import Any

from socketstore.errors import UsageError
from socketstore.middleware.describing import describe, describe_error, what_changed
from socketstore.middleware.printing import TIME_WIDTH, write_to_stderr
from socketstore.store.checking import check_callable
from socketstore.store.differences import differences
from socketstore.store.store import Store
from socketstore.store.types import Dispatch

INDENT = " " * TIME_WIDTH  # so that changes stand below the name of their action


class Logger:
    """Writes a line for each action, and one for each place of the state that it changed.

    ::

        Store(reducer, initial, middleware=[thunk, logger])
        Store(reducer, initial, middleware=[Logger(write=logging.getLogger("app").debug)])

    It shows what passes it: put it behind what stands for other actions or changes them. An action that leads to
    others before the reducer is reached gets a line at its beginning and one at its end, the others stand indented
    between. What the reducer raises is shown and raised on. A value whose ``repr`` raises is shown as that.

    Args:
        write: called with the text about one action, of several lines, without a newline at its end; not by two
            threads at once, so it must not wait for another one that logs. What it raises, ``dispatch`` raises. By
            default the text goes to the standard error stream, in colour if that is a terminal.
        only: tells whether an action is shown.
        diff: whether to show what changed. Finding out costs the size of what changed and of what directly holds it:
            where that is a mapping with a million keys, up to a second for each action.
        changes: how many changed places to show at most.
        width: how many characters of one value to show at most.

    Raises:
        UsageError: an argument cannot be used.
    """

    def __init__(
        self,
        *,
        write: Callable[[str], object] | None = None,
        only: Callable[[Any], object] | None = None,
        diff: bool = True,
        changes: int = 10,
        width: int = 100,
    ) -> None:
        if write is not None:
            check_callable(write, "write=", "a function of one text, as logging.getLogger('app').debug")
        if only is not None:
            check_callable(only, "only=", "a function of the action")
        for name, number in (("changes", changes), ("width", width)):
            if not isinstance(number, int) or number < 1:
                message = f"{name}={number!r}; expected a number, 1 or more"
                raise UsageError(message)
        self._write = write or write_to_stderr
        self._only = only
        self._diff = diff
        self._changes = changes
        self._width = width
        self._lock = (
            threading.RLock()
        )  # one logger may serve several stores, with threads, and stores that `write` uses

    def __call__(self, store: Store[Any], next: Dispatch) -> Dispatch:
        """Build the middleware for a store."""
        under_way: list[_Passage] = []

        def dispatch(action: Any) -> Any:
            if self._only is not None and not self._only(action):
                return next(action)
            if under_way:
                self._announce(under_way[-1])
            passage = _Passage(describe(action, self._width), store.state, len(under_way))
            under_way.append(passage)
            try:
                outcome = next(action)
            except BaseException as error:
                passage.end()
                self._tell(passage, [f"raised {describe_error(error, self._width)}"])
                raise
            else:
                passage.end()  # before looking for what changed
                self._tell(passage, self._changed(passage, store.state))
                return outcome
            finally:
                under_way.pop()

        return dispatch

    def _announce(self, passage: _Passage) -> None:
        if not passage.announced:
            passage.announced = True
            self._put(passage.headline)

    def _tell(self, passage: _Passage, details: list[str]) -> None:
        lines = [f"{passage.headline}  ({passage.milliseconds:.2f} ms)"]
        self._put("\n".join([*lines, *(passage.indent + INDENT + detail for detail in details)]))

    def _changed(self, passage: _Passage, after: Any) -> list[str]:
        if passage.announced:
            return []  # the actions in between have shown it
        if passage.before is after:
            return ["no change"]
        if not self._diff:
            return ["changed"]
        try:
            found = differences(passage.before, after, limit=self._changes + 1)
            lines = [what_changed(difference, self._width) for difference in found[: self._changes]]
        except Exception as error:  # noqa: BLE001 - a state that cannot be walked must not stop the program for a line
            return [f"changed; where could not be found out: {describe_error(error, self._width)}"]
        more = ["and more"] if len(found) > self._changes else []
        return [*lines, *more] or ["another object, but equal"]

    def _put(self, text: str) -> None:
        with self._lock:
            self._write(text)


class _Passage:
    """One action on its way to the reducer and back."""

    def __init__(self, text: str, before: Any, depth: int) -> None:
        self.before = before
        self.announced = False
        self.indent = "  " * depth
        self.headline = f"{datetime.now().astimezone():%H:%M:%S.%f}"[:-3] + f"  {self.indent}{text}"
        self.began = perf_counter()
        self.milliseconds = 0.0

    def end(self) -> None:
        self.milliseconds = (perf_counter() - self.began) * 1000


logger = Logger()
"""A `Logger` with default settings."""
