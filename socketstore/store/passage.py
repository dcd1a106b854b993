"""The order of things: one job at a time, from whichever thread; what a job asks for in its midst comes after it."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from functools import partial
from threading import get_ident
from typing import Any, ParamSpec, TypeVar

from socketstore.errors import DispatchError
from socketstore.store.checking import name_of
from socketstore.store.turn import Turn

P = ParamSpec("P")
R = TypeVar("R")

# The phases of one passage through the door, in their order. In the first one (a middleware is running, the reducer has
# not been reached: a thunk, for instance) a nested dispatch is applied at once; in the later ones it waits.
ENTERING, REDUCING, TELLING, LEAVING = range(4)
AT_ONCE = frozenset((ENTERING, LEAVING))  # where a middleware may hand an action on


class Passage:
    """The turn, the phase in which the job under way is, and what waits behind it."""

    _reducer: Callable[..., Any]  # named where something is asked for in its midst

    def __init__(self) -> None:
        self._turn = Turn()
        self._phase = ENTERING
        self._waiting: deque[Callable[[], object]] = deque()
        self._errors: list[Exception] = []

    def _alone(self, function: Callable[P, R], *arguments: P.args, **named: P.kwargs) -> R:
        """Call a function when it is our turn; at once, if it is already."""
        turn, me = self._turn, get_ident()
        if turn.owner == me:
            return function(*arguments, **named)
        try:
            turn.wait(me)
            self._phase = ENTERING
            return function(*arguments, **named)
        finally:
            if turn.owner == me:  # it is not, if an interrupt ended the wait
                turn.owner = None
                turn.back.append(True)
            if turn.wanted:
                turn.ring()

    def _run(self, job: Callable[[Any], R], argument: Any) -> R | Any:
        """Run a job now; inside a listener or an effect, let it wait."""
        if self._phase == ENTERING:
            return self._pass(job, argument)
        self._refuse_inside_a_reducer("dispatch(), or another change of the store, was called")
        self._waiting.append(partial(job, argument))
        return argument

    def _pass(self, job: Callable[[Any], R], argument: Any) -> R | Any:
        """Run a job, and what it made wait; raise together what went wrong."""
        if self._waiting:
            return self._pass_behind(job, argument)
        try:
            result: R | Any = job(argument)
        except Exception as error:  # noqa: BLE001 - raised again by _drain, with what else went wrong
            self._errors.append(error)
            result = argument
        except BaseException:
            self._errors.clear()  # or the next dispatch would be blamed for them
            raise
        finally:
            self._phase = ENTERING
        if self._waiting or self._errors:
            self._drain()
        return result

    def _pass_behind(self, job: Callable[[Any], R], argument: Any) -> R:
        """Run a job behind what waits already: left by an interrupted passage, or by what a thunk has dispatched."""
        results: list[R] = []
        self._waiting.append(lambda: results.append(job(argument)))
        self._drain()
        return results[0]

    def _drain(self) -> None:
        """Run what waits, in order, then raise together what went wrong."""
        errors, self._errors = self._errors, []
        phase = self._phase
        while self._waiting:
            job = self._waiting.popleft()
            self._phase = ENTERING
            try:
                job()
            except Exception as error:  # noqa: BLE001 - what waits behind it still runs
                self._errors.append(error)
            except BaseException:
                self._errors = []  # or the next dispatch would be blamed for them
                raise
            finally:
                self._phase = phase
            errors += self._errors
            self._errors = []
        _raise_together(errors)

    def _refuse_inside_a_reducer(self, what: str) -> None:
        if self._phase == REDUCING:
            message = (
                f"{what} inside the reducer {name_of(self._reducer)}; a reducer only computes the next state. "
                "Do it before the dispatch, or in a listener, an effect or a middleware."
            )
            raise DispatchError(message)


def _raise_together(errors: list[Exception]) -> None:
    if len(errors) == 1:
        raise errors[0]
    if errors:
        message = f"{len(errors)} errors while dispatching; the store is usable and every queued action was tried"
        raise ExceptionGroup(message, errors)
