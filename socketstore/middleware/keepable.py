"""Whether a value, written as JSON and read again, is equal to itself; and if not, which part of it is to blame."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from pydantic import TypeAdapter

from socketstore.actions import Action, refuse_unless_json
from socketstore.codec import encode, short
from socketstore.errors import EncodeError
from socketstore.store.differences import differences
from socketstore.store.paths import Attribute, Path, Step, parts, spell


class Problem(NamedTuple):
    """What is wrong with a value, and where in it."""

    path: str
    words: str

    def __str__(self) -> str:
        return f"{self.path or 'it'} {self.words}"


def problem_of_action(action: Any) -> Problem | None:
    """Return why a log could not hold an action: an `Action` under its tag, anything else as the JSON that it is."""
    if isinstance(action, Action):
        return _problem(action, encode, type(action).model_validate_json)
    try:
        refuse_unless_json(action)
    except EncodeError:
        return _problem_of_plain(action)
    except RecursionError:
        return Problem("", "is nested too deeply, or holds itself")
    return None


def problem_of_state(state: Any, adapter: TypeAdapter[Any]) -> Problem | None:
    """Return why a state could not be written, and read again, as the type that an adapter is for."""
    return _problem(state, adapter.dump_json, adapter.validate_json)


def _problem(value: Any, write: Callable[[Any], Any], read: Callable[[Any], Any]) -> Problem | None:
    try:
        written = write(value)
    except (ValueError, RecursionError):  # of pydantic and of Unicode, and of a value that holds itself
        return _unwritable(value)
    try:
        found = read(written)
    except (ValueError, RecursionError) as error:
        return Problem("", f"could not be read back: {' '.join(str(error).split())}")
    return None if _equal(found, value) else _difference(value, found)


def _difference(value: Any, found: Any) -> Problem | None:
    for place in differences(value, found):
        if not _equal(place.before, place.after):
            words = f"is {_shown(place.before)} and would come back as {_shown(place.after)}"
            return Problem(place.path, words)
    return None  # not-a-number, which is not equal to itself


def _equal(one: Any, other: Any) -> bool:
    try:
        return bool(one == other)
    except Exception:  # noqa: BLE001 - an array, for instance, is not equal to anything
        return False


def _unwritable(value: Any) -> Problem:
    """Go down, part by part, to the last one that cannot be written."""
    path: Path = ()
    seen: set[int] = set()
    while id(value) not in seen:
        seen.add(id(value))
        below = next(((step, part) for step, part in parts(value) if not _is_writable(value, step, part)), None)
        if below is None:
            return Problem(spell(path), f"is {_shown(value)}, which JSON cannot hold")
        path, value = (*path, below[0]), below[1]
    return Problem(spell(path), "leads back to what holds it, which JSON cannot hold")


def _is_writable(holder: Any, step: Step, part: Any) -> bool:
    try:
        if isinstance(holder, Action) and isinstance(step, Attribute):
            holder.model_dump_json(include={step.name})  # by the field's own serialiser
        else:
            encode(part)
    except (ValueError, RecursionError):
        return False
    return True


def _problem_of_plain(action: Any) -> Problem | None:
    waiting: list[tuple[Path, Any]] = [((), action)]
    while waiting:
        path, value = waiting.pop()
        odd = [key for key in value if type(key) is not str] if type(value) is dict else []
        if odd:
            return Problem(spell(path), f"has the key {_shown(odd[0])}, and JSON has only text for keys")
        if type(value) in (list, dict):
            waiting.extend(((*path, step), part) for step, part in reversed(list(parts(value))))
        elif not _is_plain(value):
            return Problem(spell(path), f"is {_shown(value)}, which is no JSON value that comes back equal")
    return None


def _is_plain(value: Any) -> bool:
    try:
        refuse_unless_json(value)
    except EncodeError:
        return False
    return True


def _shown(value: Any) -> str:
    return f"{short(value)} ({type(value).__name__})"
