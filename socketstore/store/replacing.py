"""One part of a value read, replaced or removed: the value itself stays as it is, a new one shares all the rest.

Each function is given a value, the step from it to its part, and, for the message of an error, the path to the value.
"""

from __future__ import annotations

from typing import Any

from socketstore.errors import UsageError
from socketstore.store.paths import ABSENT, Attribute, Item, Path, spell
from socketstore.store.places import class_of, place, refuse
from socketstore.store.replacing_fields import with_field
from socketstore.store.replacing_items import items_of


def read(value: Any, step: Attribute | Item, path: Path) -> Any:
    """Return one part of a value, or `ABSENT` where a mapping has no such key.

    Raises:
        PathError: it has no such attribute or index, or no items at all.
        UsageError: the key cannot be one of such a value.
    """
    if isinstance(step, Attribute):
        part = getattr(value, step.name, ABSENT)
        return refuse(value, path, f"no attribute {step.name!r}") if part is ABSENT else part
    return items_of[type(value)].read(value, step.key, path)


def replace(value: Any, step: Attribute | Item, part: Any, path: Path) -> Any:
    """Return a value with another part; a mapping gets the key if it has none.

    Raises:
        PathError: it has no such attribute or index.
        UsageError: a value of this class cannot be made anew with another part.
    """
    if isinstance(step, Attribute):
        return with_field[type(value)](value, step.name, part, path)
    return items_of[type(value)].replace(value, step.key, part, path)


def remove(value: Any, step: Attribute | Item, path: Path) -> Any:
    """Return a value without one of its items.

    Raises:
        PathError: it has no such item.
        UsageError: it is an attribute, or a value of this class cannot be made anew without one.
    """
    if isinstance(step, Attribute):
        message = (
            f"{spell((*path, step))} is an attribute of {class_of(value)}, and attributes cannot be removed; "
            "expected the way to an item, as in lambda s: s.books[key]. Set it to a value that says that there is "
            "nothing."
        )
        raise UsageError(message)
    if hasattr(value, "_fields"):
        message = f"{place(path)} is a {class_of(value)}, whose fields cannot be removed, [{step.key}] included"
        raise UsageError(message)
    return items_of[type(value)].remove(value, step.key, path)
