"""The recorder: a middleware at the reducer's door."""

from __future__ import annotations

from typing import Any

from socketstore.log.log import Log
from socketstore.store.store import Store
from socketstore.store.types import Dispatch, Middleware


def record(log: Log) -> Middleware[Any]:
    """Write every action to a log, in the order in which the reducer sees them, just before it does.

    Put it last: ``Store(reducer, initial, middleware=[..., record(log)])``. If the reducer raises, that is written as
    well, so that a replay ends in the same state. An action that cannot be written does not reach the reducer:
    dispatch raises what `Log.append` raised.
    """

    def middleware(store: Store[Any], next: Dispatch) -> Dispatch:
        def dispatch(action: Any) -> Any:
            before = store.state
            sequence = log.append(action)
            try:
                return next(action)
            except BaseException as error:  # an interrupt, too, may have kept the reducer from its end
                if store.state is before:
                    log.append_failure(sequence, error)
                raise

        return dispatch

    return middleware
