"""Actions, values and errors as one line of harmless text each, however long they are and whatever their repr does."""

from __future__ import annotations

import traceback
from collections.abc import Iterable, Mapping
from typing import Any

from socketstore.actions import Action
from socketstore.codec import short
from socketstore.store.checking import name_of
from socketstore.store.differences import Difference
from socketstore.store.paths import ABSENT, Attribute, parts
from socketstore.structs import is_struct, title_of


def describe(action: Any, width: int) -> str:
    """Name an action and what it holds; each value at most `width` characters long. Does not raise."""
    try:
        return _describe(action, width)
    except Exception:  # noqa: BLE001 - an attribute that raises when it is read: a line is written all the same
        return brief(action, width)


def _describe(action: Any, width: int) -> str:
    if _has_a_tag(action):
        return _titled(action, ((str(key), value) for key, value in action.items()), width)
    fields = [(step.name, value) for step, value in parts(action) if isinstance(step, Attribute)]
    if isinstance(action, Action) or is_struct(action) or (fields and not callable(action)):
        return _titled(action, fields, width)
    return title(action) if callable(action) else brief(action, width)


def title(action: Any) -> str:
    """Name an action: by its tag, what can be called (a thunk, say) by its own name, the others by their class."""
    if isinstance(action, Action):
        return one_line(str(action.type))
    if is_struct(action):
        return one_line(title_of(action))
    if _has_a_tag(action):
        return one_line(action["type"])
    return one_line(name_of(action) if callable(action) else type(action).__name__)


def _has_a_tag(action: Any) -> bool:
    return isinstance(action, Mapping) and isinstance(action.get("type"), str)


def _titled(action: Any, fields: Iterable[tuple[str, Any]], width: int) -> str:
    shown = (f"{one_line(name)}={brief(value, width)}" for name, value in fields if _is_worth_it(name, value))
    return " ".join([title(action), *shown])


def _is_worth_it(name: str, value: Any) -> bool:
    """Leave out the tag, and when and on which connection a socket said it: seldom what is looked for."""
    return name not in ("type", "at", "epoch") and not (name == "connection" and value == "default")


def brief(value: Any, width: int) -> str:
    """Show a value in at most `width` characters. Does not raise."""
    return cut(short(value, width), width)


def what_changed(difference: Difference, width: int) -> str:
    """Show one difference; each of its values at most `width` characters long."""
    place = one_line(difference.path) or "state"
    before, after = (brief(value, width) for value in (difference.before, difference.after))
    if difference.before is ABSENT:
        return f"{place}: added {after}"
    if difference.after is ABSENT:
        return f"{place}: removed {before}"
    return f"{place}: {before} -> {after}"


def describe_error(error: BaseException, width: int) -> str:
    """Name an error's class and what it says. Does not raise, whatever its ``str`` does."""
    return cut("".join(traceback.format_exception_only(error)).strip(), width)


def cut(text: str, width: int) -> str:
    """Return the text on one line of at most `width` characters."""
    text = one_line(text)
    return text if len(text) <= width else text[: max(width - 3, 0)] + "..."[:width]


def one_line(text: str) -> str:
    """Escape what would break the line or move a terminal's cursor."""
    return text if text.isprintable() else "".join(char if char.isprintable() else repr(char)[1:-1] for char in text)
