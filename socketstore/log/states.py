"""A state outside its process: as a JSON value, and as a digest that tells whether two states are equal."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from importlib import import_module
from types import GenericAlias
from typing import Any

from pydantic import ConfigDict, PydanticUserError, TypeAdapter, ValidationError
from pydantic_core import PydanticSerializationError, from_json

from socketstore.codec import explain, short
from socketstore.errors import DecodeError, EncodeError
from socketstore.log.columns import digest_of
from socketstore.structs import explain_struct, is_struct_class

# For data classes and named tuples; a pydantic model has a configuration of its own.
CONFIG = ConfigDict(
    ser_json_bytes="base64", val_json_bytes="base64", ser_json_inf_nan="strings", arbitrary_types_allowed=True
)


def digest(state: Any) -> str:
    """Return 40 hexadecimal digits that are the same for equal states, in every process and on every machine.

    Numbers count by their value: 1, 1.0 and ``Decimal(1)`` are the same, as are 0.0 and -0.0, and not-a-number is the
    same as itself; an integer of more than 400 digits and an equal ``Decimal`` differ, and so do a ``Fraction`` and an
    equal ``Decimal`` which no float holds. Datetimes with a zone count by their moment, times without a date as they
    are written. Sequences count by their items, be they lists or tuples. Sets and mappings have no order; `Entities`
    have one. Data classes, pydantic models and plain objects count by the name of their class (without its module) and
    by their attributes, but for a field that a data class does not compare; enumerations by the names of their class
    and member; what has a buffer (an array) by its bytes.

    Raises:
        EncodeError: something in it has no value that is the same elsewhere (a function, a lock, an ``object()``), or
            it holds itself; or sets lie in sets deeper than Python's recursion goes.
    """
    return digest_of(state)


def state_to_json(state: Any) -> Any:
    """Return a state as a JSON value, of which `state_from_json` makes an equal state.

    It is written as pydantic writes its class: data classes, models, named tuples, `Entities`, and what they hold, by
    the types that are declared. What is declared as a `Mapping` may be an `immutables.Map`, and comes back as a dict.
    A struct of msgspec, and what it holds, is written as msgspec does; it has no place inside the others.

    Raises:
        EncodeError: something in it has no JSON form, or would not come back equal.
    """
    kind: Any = type(state)
    if is_struct_class(kind):
        return _checked(state, _struct_written(state))
    try:
        written = from_json(_adapter(kind).dump_json((state,), warnings="none", fallback=_unknown))[0]
    except (PydanticSerializationError, PydanticUserError, ValueError, RecursionError, NameError) as error:
        raise _unkept(state, f"cannot be written as JSON: {_one_line(error)}") from error
    return _checked(state, written)


def _struct_written(state: Any) -> Any:
    try:
        return from_json(import_module("msgspec").json.encode(state))
    except Exception as error:  # as it pleases the types of its fields
        raise _unkept(state, f"cannot be written as JSON: {_one_line(error)}") from error


def _checked(state: Any, written: Any) -> Any:
    try:
        read = state_from_json(written, state)
    except DecodeError as error:
        raise _unkept(state, f"could not be read back: {error}") from error
    if digest(read) != digest(state):
        raise _unkept(state, f"would come back as {short(read)}")
    return written


def state_from_json(value: Any, like: Any) -> Any:
    """Return the state that `state_to_json` has written.

    Args:
        value: the JSON value.
        like: a state of the same class, such as the initial one, or the class.

    Raises:
        DecodeError: the value does not fit.
    """
    kind = like if isinstance(like, type) else type(like)
    if is_struct_class(kind):
        return _struct_read(value, kind)
    try:
        return _adapter(kind).validate_python([value])[0]
    except ValidationError as error:
        message = f"got the state {short(value)}; expected {kind.__name__}: {explain(error)}"
        raise DecodeError(message) from error
    except (PydanticUserError, NameError, RecursionError) as error:
        message = f"got the state {short(value)}, which cannot be read as {kind.__name__}: {_one_line(error)}"
        raise DecodeError(message) from error


def _struct_read(value: Any, kind: type[Any]) -> Any:
    try:
        return import_module("msgspec").convert(value, kind, str_keys=True)
    except Exception as error:  # also of a __post_init__ of the program's own
        message = f"got the state {short(value)}; expected {kind.__name__}: {explain_struct(error)}"
        raise DecodeError(message) from error


def _unkept(state: Any, problem: str) -> EncodeError:
    message = f"got the state {short(state)}, which {problem}. Expected a state whose fields have types that JSON keeps"
    return EncodeError(message)


@lru_cache(maxsize=64)
def _adapter(kind: Any) -> TypeAdapter[Any]:
    around: Any = GenericAlias(tuple, (kind,))  # pydantic takes no configuration for a data class itself
    adapter: TypeAdapter[Any] = TypeAdapter(around, config=CONFIG)
    adapter.rebuild()
    return adapter


def _unknown(value: Any) -> Any:
    """Make what pydantic does not know into something that it does."""
    if isinstance(value, Mapping):
        return dict(value)
    message = f"got {short(value)} ({type(value).__name__}), which has no JSON form"
    raise ValueError(message)


def _one_line(error: Exception) -> str:
    return " ".join(f"{type(error).__name__}: {error}".split())
