"""The order of things: one job at a time, from whichever thread; what a job asks for in its midst comes after it."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from functools import partial
from threading import get_ident
from typing import Any, ParamSpec, TypeVar

from socketstore.errors import DispatchError
from socketstore.store.checking import contained, name_of
from socketstore.store.turn import Turn

P = ParamSpec("P")
R = TypeVar("R")

# The phases of one passage through the door, in their order; between the first two the reducer runs, and the phase is
# the reducer itself (one store less in each dispatch than a phase and a name for messages: 3 %). While it enters (a
# middleware is running, the reducer has not been reached: a thunk, for instance) a nested dispatch is applied at once;
# later it waits. Compared with `is`: a reducer may be an object with an ``__eq__`` of its own.
ENTERING, TELLING, LEAVING = range(3)


class Passage:
    """The turn, the phase in which the job under way is, and what waits behind it."""

    def __init__(self) -> None:
        self._turn = Turn()
        self._phase: int | Callable[..., Any] = ENTERING
        self._waiting: deque[Callable[[], object]] = deque()
        self._errors: list[Exception] = []
        self._more = False  # set before something waits or has gone wrong: one look instead of two, at half the price
        self._working_off = False

    def _alone(self, function: Callable[P, R], *arguments: P.args, **named: P.kwargs) -> R:
        """Call a function when it is our turn; at once, if it is already."""
        turn, me = self._turn, get_ident()
        if turn.owner == me:
            return function(*arguments, **named)
        try:
            turn.wait(me)
            return self._with_the_turn(partial(function, *arguments, **named))
        finally:
            if turn.owner == me:  # it is not, if an interrupt ended the wait
                turn.owner = None
                turn.back.token = True
            if turn.wanted:
                turn.ring()

    def _if_nobody_else(self, function: Callable[[], object]) -> None:
        """Call a function if that can be done without waiting for another thread."""
        turn, me = self._turn, get_ident()
        if turn.owner == me:
            function()
            return
        try:
            if turn.take(me):
                self._with_the_turn(function)
        finally:
            if turn.owner == me:
                turn.owner = None
                turn.back.token = True
            if turn.wanted:
                turn.ring()

    def _with_the_turn(self, function: Callable[[], R]) -> R:
        """Call a function that is no job itself; what a finalizer or a signal's handler asked for meanwhile follows."""
        self._phase = ENTERING
        result = function()
        if self._waiting:
            self._drain()
        return result

    def _run(self, job: Callable[[Any], R], argument: Any) -> R | Any:
        """Run a job now; inside a listener or an effect, let it wait."""
        if self._phase is ENTERING:
            return self._pass(job, argument)
        self._refuse_inside_a_reducer("dispatch(), or another change of the store, was called")
        self._put_off(partial(job, argument))
        return argument

    def _put_off(self, job: Callable[[], object]) -> None:
        """Let a job wait."""
        self._more = True
        self._waiting.append(job)

    def _pass(self, job: Callable[[Any], R], argument: Any) -> R | Any:
        """Run a job, and what it made wait; raise together what went wrong."""
        if self._waiting or self._working_off:
            return self._pass_behind(job, argument)
        try:
            result: R | Any = job(argument)
        except BaseException as error:  # noqa: BLE001 - raised again by _drain, with what else went wrong
            self._note(error)
            result = argument
        finally:
            self._phase = ENTERING
        if self._more:
            self._drain()
        return result

    def _pass_behind(self, job: Callable[[Any], R], argument: Any) -> R:
        """Run a job behind what waits already: left by an interrupted passage, or behind the thunk that asks for it.

        Inside another job, only what went wrong with this one is raised; the rest belongs to who waits for all of them.
        """
        results: list[R] = []
        own: list[Exception] = []
        nested = self._working_off
        self._put_off(partial(self._find_out, partial(job, argument), results, own))
        others = self._work_off()
        if nested:
            self._errors += others
            others = []
        _raise_together(others + own)
        return results[0]

    def _find_out(self, job: Callable[[], R], results: list[R], own: list[Exception]) -> None:
        others, self._errors = self._errors, []
        try:
            results.append(job())
        except BaseException as error:  # noqa: BLE001 - an interrupt is raised on
            self._note(error)
        own += self._errors
        self._errors = others

    def _drain(self) -> None:
        """Run what waits, in order, then raise together what went wrong."""
        _raise_together(self._work_off())

    def _work_off(self) -> list[Exception]:
        """Run what waits, in order, and return what went wrong, now and before."""
        errors, self._errors = self._errors, []
        phase, nested = self._phase, self._working_off
        self._working_off = True
        try:
            while self._waiting:
                self._work_on_the_next()
                errors += self._errors
                self._errors = []
            self._more = False  # nothing can come between this and the last look at what waits
        finally:
            self._phase, self._working_off = phase, nested
        return errors

    def _work_on_the_next(self) -> None:
        try:
            job = self._waiting.popleft()
        except IndexError:  # the handler of a signal came after the look at what waits, and has worked it off
            return
        self._phase = ENTERING
        try:
            job()
        except BaseException as error:  # noqa: BLE001 - what waits behind it still runs
            self._note(error)

    def _note(self, error: BaseException) -> None:
        """Keep what a job raised for later; an interrupt is raised on."""
        try:
            self._blame(contained(error, "a reducer or a middleware"))
        except BaseException:
            self._errors = []  # or the next dispatch would be blamed for them
            raise

    def _blame(self, error: Exception) -> None:
        """Keep an error for who dispatches."""
        self._more = True
        self._errors.append(error)

    def _refuse_inside_a_reducer(self, what: str) -> None:
        if callable(self._phase):
            message = (
                f"{what} inside the reducer {name_of(self._phase)}; a reducer only computes the next state. "
                "Do it before the dispatch, or in a listener, an effect or a middleware."
            )
            raise DispatchError(message)


def _raise_together(errors: list[Exception]) -> None:
    if len(errors) == 1:
        raise errors[0]
    if errors:
        message = f"{len(errors)} errors while dispatching; the store is usable and every queued action was tried"
        raise ExceptionGroup(message, errors)
