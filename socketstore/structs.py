"""Structs of msgspec, told apart without importing msgspec: who has none need not have it installed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, get_args, get_origin


def is_struct_class(kind: object) -> bool:
    """Tell a class that derives from `msgspec.Struct`."""
    return isinstance(kind, type) and hasattr(kind, "__struct_config__")


def is_struct(value: object) -> bool:
    """Tell an instance of such a class."""
    return hasattr(type(value), "__struct_config__")


def tag_of(kind: Any) -> str | int | None:
    """Return what tells the structs of a class from others in JSON; ``None`` if nothing does."""
    tag: str | int | None = kind.__struct_config__.tag
    return tag


def title_of(struct: object) -> str:
    """Return what people call a struct: its tag if that is a text, the name of its class otherwise."""
    kind = type(struct)
    tag = tag_of(kind)
    return tag if isinstance(tag, str) else kind.__name__


def fields_of_struct(struct: Any) -> Mapping[str, Any]:
    """Return the values of a struct by the names of its fields; one that was never set is left out."""
    names: tuple[str, ...] = struct.__struct_fields__
    return {name: getattr(struct, name) for name in names if hasattr(struct, name)}


def classes_in(annotation: Any) -> Iterator[type[Any]]:
    """Yield the classes that a type names: those of a union, of a list, behind an alias, more than once perhaps."""
    waiting = [annotation]
    while waiting:
        part = waiting.pop()
        alias = getattr(part, "__value__", None)  # of a TypeAliasType
        if isinstance(part, type) and not get_args(part):
            yield part
        elif alias is not None:
            waiting.append(alias)
        elif (origin := get_origin(part)) is not None:
            waiting.extend((origin, *get_args(part)))


def explain_struct(error: Exception) -> str:
    """Put what msgspec found into the words of the other errors: where, what was expected, what was got."""
    words, found, place = str(error).rpartition(" - at `$")
    if type(error).__module__.partition(".")[0] != "msgspec":
        return f"{type(error).__name__}: {error}"
    if not found:
        return str(error)
    where = place.removesuffix("`").replace("[", ".").replace("]", "").lstrip(".")
    return f"{where}: {words}"
