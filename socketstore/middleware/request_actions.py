"""What every request tells, in three kinds of actions."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from socketstore.actions import Action

T = TypeVar("T")


class RequestAction(Action):
    """Base of what a request tells.

    Attributes:
        request_id: tells the actions of one request from those of another.
        arguments: what the function was called with, by name: ``action.arguments.user_id``.
    """

    request_id: str
    arguments: Any


class RequestPending(RequestAction):
    """A request has begun."""


class RequestFulfilled(RequestAction, Generic[T]):
    """A request has its result."""

    if TYPE_CHECKING:
        result: T
    else:
        result: Any

        def __class_getitem__(cls, item: object) -> type[RequestFulfilled[Any]]:
            """Return the class itself: pydantic would make, and register, another action class."""
            return cls


class RequestRejected(RequestAction):
    """A request has failed, or was cancelled; `error` is the name of the exception's class."""

    error: str
    message: str = ""
    cancelled: bool = False


def rejection_of(error: BaseException, kind: type[RequestRejected], request_id: str, arguments: Any) -> RequestRejected:
    """Make the action that tells what went wrong; does not raise."""
    try:
        text = str(error)
    except Exception as failed:  # noqa: BLE001 - an error that cannot be made a text is told of all the same
        text = f"<an error whose text raises {type(failed).__name__}>"
    return kind(
        request_id=request_id,
        arguments=arguments,
        error=type(error).__name__,
        message=text.encode("utf-8", "backslashreplace").decode(),
        cancelled=isinstance(error, asyncio.CancelledError),
    )
