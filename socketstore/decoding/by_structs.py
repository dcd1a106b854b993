"""Messages read by msgspec: structs, straight from the text or bytes."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from pydantic import BaseModel

from socketstore.codec import short
from socketstore.decoding.reading import Read, Stamp, unaliased
from socketstore.errors import DecodeError, UsageError
from socketstore.structs import classes_in, explain_struct, is_struct_class


def is_for_msgspec(messages: Any) -> bool:
    """Tell whether a type names a class of structs; then msgspec is installed, and not otherwise imported."""
    return any(map(is_struct_class, classes_in(messages)))


def read_by_msgspec(messages: Any) -> Read:
    """Return what reads messages of a type that msgspec decodes. A struct is an action as it is.

    Raises:
        UsageError: msgspec cannot decode it; or it names pydantic's models, too.
    """
    models = [kind.__name__ for kind in classes_in(messages) if issubclass(kind, BaseModel)]
    if models:
        message = (
            f"got messages={messages!r}, in which {' and '.join(models)} are pydantic's and others are structs of "
            "msgspec; expected all of one sort. Make all of them Actions, or all of them structs."
        )
        raise UsageError(message)
    msgspec = import_module("msgspec")
    try:
        decode = msgspec.json.Decoder(unaliased(messages)).decode
    except Exception as error:  # of a class whose annotations name what there is not, any
        message = f"got messages={messages!r}; expected a type that msgspec decodes: {error}"
        raise UsageError(message) from error
    name, struct = getattr(messages, "__name__", None) or str(messages), msgspec.Struct

    def read(data: str | bytes, stamp: Stamp) -> Any:
        try:
            value = decode(data)
        except Exception as error:  # also of a __post_init__ of the program's own
            message = f"got {short(data)}; expected {name}: {explain_struct(error)}"
            raise DecodeError(message) from error
        return value if isinstance(value, struct) else stamp(value)

    return read
