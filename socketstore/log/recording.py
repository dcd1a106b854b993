"""The recorder: a middleware at the reducer's door."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Any, Literal, TypeAlias, TypeVar

from socketstore.codec import short
from socketstore.errors import EncodeError, LogError, UsageError
from socketstore.log.log import Log
from socketstore.log.snapshots import Snapshots
from socketstore.sockets.emitter import report
from socketstore.store.store import Store
from socketstore.store.types import Dispatch

T = TypeVar("T")

GIVEN_UP = "recording was given up here: what this store took from here on is not in the log"

OnError: TypeAlias = Literal["raise", "detach"]


def record(
    log: Log, *, on_error: OnError = "raise", snapshot_every: int | None = None, digest_every: int | None = None
) -> Recorder:
    """Write every action to a log, in the order in which the reducer sees them, just before it does.

    Put it last: ``Store(reducer, initial, middleware=[..., record(log)])``. A log is of one store: a replay cannot tell
    the actions of two apart. If the reducer raises, that is written as well, so that a replay ends in the same state.
    Where the state is changed without an action (`Store.restore`, a reducer exchanged for one that completes the
    state), and where recording begins on a log that holds actions already, the state itself is written, so that a
    replay goes on from there.

    Args:
        log: where to; open for writing.
        on_error: what becomes of an action that cannot be written. ``"raise"``: it does not reach the reducer;
            dispatch raises. ``"detach"``: the log is given up, which is reported once, to the event loop's exception
            handler or the logger ``asyncio``, and stands in `Recorder.detached`; the program goes on.
        snapshot_every: write the state at the beginning and after every so many actions, so that a replay need not
            begin at the beginning; the state must be one that goes to JSON and comes back equal.
        digest_every: write only the digest of the state, likewise, for `verify`.

    Raises:
        UsageError: an argument cannot be used.
    """
    if on_error not in ("raise", "detach"):
        message = f"on_error={on_error!r}; expected 'raise' or 'detach'"
        raise UsageError(message)
    if not isinstance(log, Log):
        message = f"got {short(log)} to record to; expected a log, as open_log(path, mode='x') returns it"
        raise UsageError(message)
    _check_every("snapshot_every", snapshot_every)
    _check_every("digest_every", digest_every)
    return Recorder(log, on_error, snapshot_every, digest_every)


class Recorder:
    """The middleware that `record` makes.

    Attributes:
        log: where it writes.
        detached: why it has given the log up; ``None`` as long as it has not.
    """

    def __init__(self, log: Log, on_error: OnError, snapshot_every: int | None, digest_every: int | None) -> None:
        self.log = log
        self.detached: Exception | None = None
        self._raises = on_error == "raise"
        self._every = snapshot_every, digest_every
        self._owed: tuple[int, BaseException] | None = None

    def __repr__(self) -> str:
        return f"<recorder into {self.log!r}{', detached' if self.detached else ''}>"

    def __call__(self, store: Store[Any], next: Dispatch) -> Dispatch:
        """Begin to record a store.

        Raises:
            EncodeError: the state has to be written, and cannot be.
            LogUnavailable: it could not be written.
        """
        snapshots = Snapshots(self.log, *self._every)
        self._attempt(snapshots.begin, store.state)
        store.before_jump(partial(self._jump, snapshots))
        append = self.log.append if self._raises else self._append
        after = snapshots.after_action if snapshots.wanted else None

        def dispatch(action: Any) -> Any:
            before = store.state
            if self._owed is not None:
                self._settle(*self._owed)
            sequence = append(action)
            try:
                result = next(action)
            except BaseException as error:  # an interrupt, too, may have kept the reducer from its end
                if store.state is before and sequence is not None:
                    self._fail(sequence, error)
                raise
            if after is not None:
                self._attempt(after, store.state)
            return result

        return dispatch

    def _jump(self, snapshots: Snapshots, state: Any) -> None:
        if self._owed is not None:
            self._settle(*self._owed)
        self._attempt(snapshots.jump, state)

    def _append(self, action: Any) -> int | None:
        return self._attempt(self.log.append, action)

    def _fail(self, sequence: int, raised: BaseException) -> None:
        """Write that the reducer raised; if that cannot be, before the next action: what it raised is more urgent."""
        try:
            self.log.append_failure(sequence, raised)
        except LogError as error:
            if not self._raises:
                self._detach(error)
                return
            self._owed = sequence, raised
            raised.add_note(f"That this was raised could not be recorded yet: {error}")

    def _settle(self, sequence: int, raised: BaseException) -> None:
        self.log.append_failure(sequence, raised)
        self._owed = None

    def _attempt(self, write: Callable[[Any], T], what: Any) -> T | None:
        """Write something, by the rule for errors."""
        if self.detached is not None:
            return None
        try:
            return write(what)
        except (LogError, EncodeError) as error:
            if self._raises:
                raise
            self._detach(error)
            return None

    def _detach(self, error: Exception) -> None:
        self.detached = error
        where = f"{self.log.path}, behind entry {self.log.last}"
        with suppress(LogError, EncodeError):  # others may go on writing, and a reader is to see what is missing
            self.log.note(GIVEN_UP, {"error": type(error).__name__})
        report(error, f"the log was given up at {where}; the program goes on unrecorded", source=self)


def _check_every(name: str, every: object) -> None:
    if every is not None and (type(every) is not int or every < 1):
        message = f"{name}={every!r}; expected a number of actions, 1 or more, or None"
        raise UsageError(message)
