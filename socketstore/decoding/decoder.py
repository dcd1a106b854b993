"""From a message to actions, and from what the program sends to a message."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any, TypeAlias

from socketstore.codec import encode
from socketstore.decoding.by_pydantic import read_by_pydantic
from socketstore.decoding.by_structs import is_for_msgspec, read_by_msgspec
from socketstore.decoding.reading import Read, Stamp
from socketstore.errors import DecodeError, UsageError
from socketstore.sockets.events import MessageEvent

Decode: TypeAlias = Callable[[MessageEvent], Any]
"""From one message to an action, several (a list or tuple), or none (``None``)."""

Encode: TypeAlias = Callable[[Any], "str | bytes"]
"""From what the program sends to what the socket takes."""


def reader(messages: Any, decode: Decode | None) -> Read:
    """Choose by what the connection was told.

    What it returns gives one action as it is, and none or several as a tuple. It makes no event of a message, and no
    tuple of one action, where nobody wants them: 0.3 µs less, of the 2 from the socket to the subscriber.

    Raises:
        UsageError: it was told both, or something that neither pydantic nor msgspec can validate.
    """
    if messages is not None and decode is not None:
        message = "got messages= and decode=; expected one of them"
        raise UsageError(message)
    if decode is not None:
        return _by_callable(decode)
    if messages is None:
        return _as_it_is
    return read_by_msgspec(messages) if is_for_msgspec(messages) else read_by_pydantic(messages)


def _as_it_is(data: str | bytes, stamp: Stamp) -> Any:
    return stamp(data)


def _by_callable(function: Decode) -> Read:
    if not callable(function) or inspect.iscoroutinefunction(function) or inspect.isgeneratorfunction(function):
        message = f"got decode={function!r}; expected a plain function of one message event"
        raise UsageError(message)

    def read(data: str | bytes, _: Stamp) -> Any:
        try:
            actions = function(MessageEvent(data))
            if actions is None:
                return ()
            return tuple(actions) if isinstance(actions, (list, tuple)) else actions
        except Exception as error:
            name = getattr(function, "__qualname__", repr(function))
            message = f"decode={name} raised {type(error).__name__}: {error}"
            raise DecodeError(message) from error

    return read


def encode_default(message: Any) -> str | bytes:
    """Leave text and bytes alone; write anything else (an action, a model, a dict) as JSON text.

    Raises:
        EncodeError: it has no JSON form.
    """
    if isinstance(message, (bytearray, memoryview)):
        return bytes(message)
    return message if isinstance(message, (str, bytes)) else encode(message)
