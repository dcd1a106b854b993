"""What a replay goes by: the actions that were recorded, or the wire and a decoder."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any, Protocol

from socketstore.decoding.decoder import Decode
from socketstore.errors import ReducerError
from socketstore.log.connections import check_connection
from socketstore.log.entries import Entry
from socketstore.log.folding import Step, taken
from socketstore.log.frames import Frames
from socketstore.log.log import Log
from socketstore.store.types import Reducer, S


class Script(Protocol):
    """Makes of a log's entries what is to be reduced."""

    def check(self, log: Log) -> None:
        """Return if the log has what it goes by.

        Raises:
            UsageError: the log has nothing of the connection that was named.
            LogCorrupted: an entry cannot be read.
        """
        ...

    def steps(self, entries: Iterable[Entry]) -> Iterator[Step]:
        """Yield the actions that the reducer is to take, and the snapshots between them."""
        ...

    def reducer(self, reducer: Reducer[S]) -> Reducer[S]:
        """Return what reduces the actions."""
        ...

    def dispatch(self, dispatch: Callable[[Any], Any]) -> Callable[[Any], Any]:
        """Return what dispatches them."""
        ...


class RecordedActions:
    """The actions, but for those on which the reducer raised; see `Script`."""

    def check(self, log: Log) -> None:
        """Take any."""

    def steps(self, entries: Iterable[Entry]) -> Iterator[Step]:
        """Yield them."""
        return taken(entries)

    def reducer(self, reducer: Reducer[S]) -> Reducer[S]:
        """Leave it as it is: what raises now, and did not then, is an error."""
        return reducer

    def dispatch(self, dispatch: Callable[[Any], Any]) -> Callable[[Any], Any]:
        """Leave it as it is."""
        return dispatch


class RecordedFrames:
    """What a connection makes of the frames, which goes on when the reducer raises; see `Script`."""

    def __init__(self, frames: Frames, connection: str | None) -> None:
        self._frames = frames
        self._connection = connection
        self.steps = frames.steps

    def check(self, log: Log) -> None:
        """Look for the connection that was named."""
        if self._connection is not None:
            check_connection(log, self._connection)

    def reducer(self, reducer: Reducer[S]) -> Reducer[S]:
        """Reduce that the message was rejected, if the reducer raises on what was made of it."""

        def reduce(state: S, action: Any) -> S:
            try:
                return not_none(reducer(state, action), state)
            except Exception as error:  # noqa: BLE001 - a connection goes on, whatever a reducer raises
                instead = self._frames.instead(action, error)
            try:
                return state if instead is None else not_none(reducer(state, instead), state)
            except Exception:  # noqa: BLE001 - as above
                return state

        return reduce

    def dispatch(self, dispatch: Callable[[Any], Any]) -> Callable[[Any], Any]:
        """Dispatch that the message was rejected, if dispatching what was made of it raises."""

        def dispatch_or_reject(action: Any) -> None:
            try:
                dispatch(action)
            except Exception as error:  # noqa: BLE001 - as above
                instead = self._frames.instead(action, error)
                if instead is not None:
                    dispatch(instead)

        return dispatch_or_reject


def script(messages: Any, decode: Decode | None, connection: str | None) -> Script:
    """Choose by what a replay was told: the frames if anything was said of them.

    Raises:
        UsageError: the decoder cannot be used.
    """
    if messages is None and decode is None and connection is None:
        return RecordedActions()
    return RecordedFrames(Frames(messages, decode, connection), connection)


def not_none(following: S, state: S) -> S:
    """Return the state that a reducer has returned.

    Raises:
        ReducerError: it has returned none.
    """
    if following is None and state is not None:
        message = "the reducer returned None instead of a state"
        raise ReducerError(message)
    return following
