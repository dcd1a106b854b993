"""Whether a value, written as JSON and read again, is equal to itself; and if not, which part of it is to blame."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from importlib import import_module
from typing import Any, NamedTuple

from pydantic import TypeAdapter

from socketstore.actions import Action, refuse_unless_json, struct_from_json, struct_to_json, why_not_kept
from socketstore.codec import encode, short
from socketstore.errors import EncodeError
from socketstore.middleware.ignored import Ignored
from socketstore.store.differences import each_difference
from socketstore.store.paths import Attribute, Path, Step, parts, spell
from socketstore.structs import is_struct


class Problem(NamedTuple):
    """What is wrong with a value, and where in it."""

    path: str
    words: str

    def __str__(self) -> str:
        return f"{self.path or 'it'} {self.words}"


def problem_of_action(action: Any, ignored: Ignored) -> Problem | None:
    """Return why a log could not hold an action: an `Action` under its tag, anything else as the JSON that it is."""
    if ignored.value(action):
        return None
    if isinstance(action, Action):
        return _problem(action, encode, type(action).model_validate_json, ignored)
    if is_struct(action):
        return _problem_of_struct(action, ignored)
    try:
        refuse_unless_json(action)
    except EncodeError:
        return _problem_of_plain(action, ignored)
    except RecursionError:
        return Problem("", "is nested too deeply, or holds itself")
    return None


def _problem_of_struct(action: Any, ignored: Ignored) -> Problem | None:
    kind = type(action)
    unkept = why_not_kept(kind)
    if unkept is not None:
        return Problem("", unkept)
    return _problem(action, struct_to_json, partial(struct_from_json, kind), ignored)


def problem_of_state(state: Any, adapter: TypeAdapter[Any], ignored: Ignored) -> Problem | None:
    """Return why a state could not be written, and read again, as the type that an adapter is for."""
    return _problem(state, adapter.dump_json, adapter.validate_json, ignored)


def _problem(value: Any, write: Callable[[Any], Any], read: Callable[[Any], Any], ignored: Ignored) -> Problem | None:
    try:
        written = write(value)
    except Exception:  # noqa: BLE001 - of pydantic, of Unicode, of a value that holds itself, of a serialiser
        return next(_unwritable(value, ignored), None)
    try:
        found = read(written)
    except Exception as error:  # noqa: BLE001 - a validator may raise anything
        return Problem("", f"could not be read back: {type(error).__name__}: {' '.join(str(error).split())}")
    return None if _equal(found, value) else _difference(value, found, ignored)


def _difference(value: Any, found: Any, ignored: Ignored) -> Problem | None:
    for place in each_difference(value, found, skip=ignored.pair):
        if not _equal(place.before, place.after):
            words = f"is {_shown(place.before)} and would come back as {_shown(place.after)}"
            return Problem(place.path, words)
    return None  # not-a-number, which is not equal to itself


def _equal(one: Any, other: Any) -> bool:
    try:
        return bool(one == other)
    except Exception:  # noqa: BLE001 - an array, for instance, is not equal to anything
        return False


def _unwritable(value: Any, ignored: Ignored) -> Iterator[Problem]:
    """Go down, part by part, to the last ones that cannot be written."""
    waiting: list[tuple[Path, Any, frozenset[int]]] = [((), value, frozenset())]
    while waiting:
        path, value, above = waiting.pop()
        if ignored.pair(path, value, value):
            continue
        if id(value) in above:
            yield Problem(spell(path), "leads back to what holds it, which JSON cannot hold")
            continue
        below = [(step, part) for step, part in parts(value) if not _is_writable(value, step, part)]
        if not below:
            yield Problem(spell(path), f"is {_shown(value)}, which JSON cannot hold")
        waiting.extend(((*path, step), part, above | {id(value)}) for step, part in reversed(below))


def _is_writable(holder: Any, step: Step, part: Any) -> bool:
    try:
        if isinstance(holder, Action) and isinstance(step, Attribute):
            holder.model_dump_json(include={step.name})  # by the field's own serialiser
        elif is_struct(holder) or is_struct(part):
            import_module("msgspec").json.encode(part)
        else:
            encode(part)
    except Exception:  # noqa: BLE001 - as above
        return False
    return True


def _problem_of_plain(action: Any, ignored: Ignored) -> Problem | None:
    waiting: list[tuple[Path, Any]] = [((), action)]
    while waiting:
        path, value = waiting.pop()
        if ignored.pair(path, value, value):
            continue
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
