"""Structs of msgspec as actions: which of them a log can hold, and how they stand there.

Such a class is frozen, so that nobody changes a fact, and has a tag that is a text, by which it is found again::

    class Trade(msgspec.Struct, frozen=True, tag="trade"):
        symbol: str
        price: float

As msgspec keeps no list of its structs that have a tag, a log is told of them: ``open_log(path, actions=[Trade])``, or
once for all logs of the program with `known_struct`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from importlib import import_module
from typing import Any, TypeVar

from pydantic_core import to_json

from socketstore.codec import parse, short
from socketstore.errors import DecodeError, EncodeError, UsageError
from socketstore.structs import explain_struct, is_struct_class, tag_of

K = TypeVar("K", bound=type[Any])

_KNOWN: dict[tuple[str, str], type[Any]] = {}


def known_struct(kind: K) -> K:
    """Let every log know a class of structs, so that its actions are read back; to be used as a decorator.

    ::

        @known_struct
        class Trade(msgspec.Struct, frozen=True, tag="trade"): ...

    Where an `Action` has the same tag, this class counts. Classes with the same module and name (a reload) replace each
    other.

    Raises:
        UsageError: a log cannot hold actions of this class, or another known struct has its tag.
    """
    others = [each for name, each in _KNOWN.items() if name != _name(kind)]
    structs_by_tag([*others, kind])
    _KNOWN[_name(kind)] = kind
    return kind


def known_structs() -> tuple[type[Any], ...]:
    """Return the classes that `known_struct` has been told of."""
    return tuple(_KNOWN.values())


def structs_by_tag(kinds: Iterable[type[Any]]) -> dict[str, type[Any]]:
    """Return classes of structs by their tags.

    Raises:
        UsageError: a log cannot hold actions of one of them, or two have the same tag.
    """
    classes: dict[str, type[Any]] = {}
    for kind in kinds:
        problem = why_not_kept(kind)
        if problem is not None:
            message = f"got {kind!r}, which {problem}"
            raise UsageError(message)
        tag = str(tag_of(kind))
        if classes.setdefault(tag, kind) is not kind:
            message = f"got the tag {tag!r} of both {classes[tag]!r} and {kind!r}; give one of them a tag of its own"
            raise UsageError(message)
    return classes


def why_not_kept(kind: Any) -> str | None:
    """Return why a log cannot hold structs of a class, and what to do; ``None`` if it can."""
    if not is_struct_class(kind):
        return "is no class of structs; expected one that derives from msgspec.Struct"
    config = kind.__struct_config__
    if not config.frozen:
        return "may be changed after it was dispatched; expected an action that is immutable: frozen=True"
    if not isinstance(config.tag, str):
        got = "has no tag" if config.tag is None else f"has the tag {config.tag!r}"
        return f'{got}; expected a text by which a log can tell its class: tag=True, or tag="..."'
    if config.array_like:
        return "is written as an array (array_like=True); expected an object. Record the wire instead"
    if config.tag_field != "type" and "type" in kind.__struct_encode_fields__:
        return 'has a field that is written as "type", where a log has the tag; rename that field'
    return None


def struct_to_json(struct: Any) -> bytes:
    """Write a struct as msgspec does, with its tag as ``type``.

    Raises:
        EncodeError: a log cannot hold structs of its class, or a field holds something that JSON cannot.
    """
    kind = type(struct)
    problem = why_not_kept(kind)
    if problem is not None:
        message = f"got {short(struct)}, which {problem}"
        raise EncodeError(message)
    try:
        content: bytes = import_module("msgspec").json.encode(struct)
    except Exception as error:  # whatever a field that was never set, or half of a surrogate pair, leads to
        message = f"got {short(struct)}; expected something that JSON can hold: {type(error).__name__}: {error}"
        raise EncodeError(message) from error
    tagged = kind.__struct_config__.tag_field == "type"
    return content if tagged else b'{"type":%s,%s' % (to_json(tag_of(kind)), content[1:])


def struct_from_fields(kind: Any, fields: Mapping[str, Any]) -> Any:
    """Read a struct from what `struct_to_json` has written, as JSON values.

    Raises:
        DecodeError: they do not fit the class.
    """
    if kind.__struct_config__.tag_field != "type":
        fields = {name: value for name, value in fields.items() if name != "type"}
    try:
        return import_module("msgspec").convert(fields, kind, str_keys=True)
    except Exception as error:  # a __post_init__ of the program's own may raise anything
        message = f"got {short(dict(fields))}; expected {kind.__qualname__}: {explain_struct(error)}"
        raise DecodeError(message) from error


def struct_from_json(kind: Any, content: bytes) -> Any:
    """Read a struct as a log does.

    Raises:
        DecodeError: it is not JSON, or does not fit the class.
    """
    (fields,) = parse(b"[%s]" % content)  # as deep as in a line of a log
    return struct_from_fields(kind, fields)


def _name(kind: Any) -> tuple[str, str]:
    return getattr(kind, "__module__", ""), getattr(kind, "__qualname__", repr(kind))
