"""A function that asks for something, and the actions that tell of it: pending, then fulfilled or rejected."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Any, Generic, NoReturn, ParamSpec, TypeVar, overload

from socketstore.actions import Action
from socketstore.errors import UsageError
from socketstore.middleware.lifecycle import lifecycle_of
from socketstore.middleware.request_actions import RequestFulfilled, RequestPending, RequestRejected, rejection_of
from socketstore.store.checking import check_callable, name_of
from socketstore.store.store import Store

P = ParamSpec("P")
T = TypeVar("T")
R = TypeVar("R")


class AsyncRequest(Generic[P, T, R]):
    """A function that asks for something; made by `async_request`. Called, it gives a `RequestCall`.

    Attributes:
        pending: the class of the action that tells that it has begun.
        fulfilled: the class of the one that tells its result.
        rejected: the class of the one that tells what it raised.
        arguments: the class of the arguments in each of them.
    """

    def __init__(
        self, function: Callable[P, Coroutine[Any, Any, T]], name: str | None, condition: Callable[..., object] | None
    ) -> None:
        lifecycle = lifecycle_of(function, name)
        self.arguments = lifecycle.arguments
        self.pending: type[RequestPending] = lifecycle.pending
        self.fulfilled: type[RequestFulfilled[T]] = lifecycle.fulfilled
        self.rejected: type[RequestRejected] = lifecycle.rejected
        self._lifecycle = lifecycle
        self._function = function
        self._condition = condition
        self.__doc__ = function.__doc__
        self.__wrapped__ = function

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> RequestCall[R]:
        """Make one request, to be dispatched (with `thunk`) or called with the store; nothing is asked for yet.

        Raises:
            UsageError: the arguments do not fit the function, or their annotations.
        """
        return RequestCall(self, self._lifecycle.validated(args, kwargs), None)

    def __repr__(self) -> str:
        return f"<async_request {name_of(self._function)}>"

    async def _perform(self, store: Store[Any], request_id: str, arguments: Any) -> Any:
        args, kwargs = self._lifecycle.spread(arguments)
        if self._condition is not None and not self._condition(store.state, *args, **kwargs):
            return None
        errors: list[Exception] = []
        try:
            errors += _told(store, self.pending(request_id=request_id, arguments=arguments))
            fulfilled = self._lifecycle.fulfil(request_id, arguments, await self._function(*args, **kwargs))
            errors += _told(store, fulfilled)
        except GeneratorExit:  # nobody waits for it any more: the garbage collector may be the one who ends it
            raise
        except BaseException as error:
            _tell_why(store, rejection_of(error, self.rejected, request_id, arguments), error)
            for also in errors:
                error.add_note(f"and listeners had raised: {also!r:.200}")
            raise
        _raise_together(errors)
        return fulfilled.result


class RequestCall(Generic[R]):
    """One request: dispatch it, with `thunk` among the middleware, or call it with the store; then await the result.

    Dispatched twice, it is two requests.

    Attributes:
        request_id: that of `with_id`, or ``None``: each time a new one, which stands in its actions.
        arguments: what the function will be called with.
    """

    needs_middleware = "thunk"  # it is no action: the store refuses it where it reaches the reducer

    def __init__(self, request: AsyncRequest[Any, Any, R], arguments: Any, request_id: str | None) -> None:
        self.request_id = request_id
        self.arguments = arguments
        self._request = request

    def with_id(self, request_id: str) -> RequestCall[R]:
        """Return the same request with an id from outside.

        Raises:
            UsageError: it is no text.
        """
        if not isinstance(request_id, str):
            message = f"with_id() got {request_id!r:.200}; expected a str"
            raise UsageError(message)
        return RequestCall(self._request, self.arguments, request_id)

    async def __call__(self, store: Store[Any]) -> R:
        """Ask, and dispatch what there is to tell.

        Returns:
            The result, as it is in the action; ``None`` if the condition did not hold: then nothing is dispatched.

        Raises:
            BaseException: what the function raised, after `rejected` was dispatched.
            UsageError: what it returned does not fit its annotation; `rejected` was dispatched.
            Exception: what kept `pending` or `fulfilled` from the state (the reducer, a middleware, a log that cannot
                hold it); `rejected` was dispatched.
            ExceptionGroup: what listeners raised: after everything else, as they cannot stop a request.

        Safe to cancel: `rejected` is dispatched, with ``cancelled=True``.
        """
        request_id = uuid.uuid4().hex if self.request_id is None else self.request_id
        result: R = await self._request._perform(store, request_id, self.arguments)
        return result

    if not TYPE_CHECKING:  # type checkers find it without our help

        def __await__(self) -> NoReturn:
            """Refuse: dispatched without `thunk` it comes back as it is, and so does what was never dispatched.

            Raises:
                UsageError: always.
            """
            message = (
                f"got await of {self!r:.200} alone; expected await store.dispatch(request), with thunk first among "
                "the store's middleware, or await request(store)"
            )
            raise UsageError(message)

    def __repr__(self) -> str:
        return f"<request{'' if self.request_id is None else ' ' + self.request_id}: {self.arguments!r}>"


@overload
def async_request(function: Callable[P, Coroutine[Any, Any, T]], /) -> AsyncRequest[P, T, T]: ...


@overload
def async_request(*, name: str) -> Callable[[Callable[P, Coroutine[Any, Any, T]]], AsyncRequest[P, T, T]]: ...


@overload
def async_request(
    *, condition: Callable[..., object], name: str | None = None
) -> Callable[[Callable[P, Coroutine[Any, Any, T]]], AsyncRequest[P, T, T | None]]: ...


def async_request(
    function: Callable[..., Any] | None = None,
    /,
    *,
    condition: Callable[..., object] | None = None,
    name: str | None = None,
) -> Any:
    """Make of an ``async def`` that asks for something a request that tells of itself in actions.

    ::

        @async_request
        async def fetch_user(user_id: int) -> User: ...

        @users.on(fetch_user.fulfilled)
        def loaded(users: Users, action: RequestFulfilled[User]) -> Users:
            return users.upsert(action.result)

        user = await store.dispatch(fetch_user(42))     # with thunk; or: await fetch_user(42)(store)

    The three classes are made of the function's annotations, so that what is logged comes back equal: `pending` and
    `rejected` hold `request_id` and `arguments`, `fulfilled` also `result`. Their tags are ``"fetchUser/pending"`` and
    so on. For each request there is one `pending`, and one of the others; reducers see nothing but these.

    Arguments and results are made to fit their annotations, and no more: whether JSON can hold them is found out where
    they are written, by `record`, or looked after by `check_serializable`.

    Args:
        function: every parameter and the result are annotated, with types that pydantic can write as JSON; no
            ``*args``, ``**kwargs``. A method can be one when it is bound: ``async_request(api.fetch_user)``; of
            several objects the classes are the same.
        condition: called as ``(state, *arguments)``; where it does not hold, nothing is dispatched or asked for, and
            the result is ``None``.
        name: the first part of the tags, instead of the function's name in camelCase.

    Raises:
        UsageError: the function is of another kind, an annotation is missing or cannot be used, or another function
            in another place has these tags already.
    """
    if condition is not None:
        check_callable(condition, "condition=", "a function (state, *arguments)")

    def made(function: Callable[..., Coroutine[Any, Any, Any]]) -> AsyncRequest[Any, Any, Any]:
        return AsyncRequest(function, name, condition)

    return made if function is None else made(function)


def _told(store: Store[Any], action: Action) -> list[Exception]:
    """Dispatch; return what was raised although the state has changed, as by a listener; raise what kept it from it."""
    before = store.state
    try:
        store.dispatch(action)
    except Exception as error:
        if store.state is before:
            raise
        return [error]
    return []


def _tell_why(store: Store[Any], rejected: Action, error: BaseException) -> None:
    """Dispatch the rejection; what is raised there must not take the place of why it was rejected."""
    try:
        store.dispatch(rejected)
    except Exception as also:  # noqa: BLE001 - it is told with the error
        error.add_note(f"and dispatching {rejected!r:.200} raised {type(also).__name__}: {also}")


def _raise_together(errors: list[Exception]) -> None:
    if len(errors) == 1:
        raise errors[0]
    if errors:
        message = "listeners raised on both actions of a request"
        raise ExceptionGroup(message, errors)
