"""Each state made from the one before it, and, where nobody can tell, in the place of the one before that."""

from __future__ import annotations

import dataclasses
import sys
from collections import deque
from collections.abc import Mapping
from sysconfig import get_config_var
from typing import Any

from socketstore.store.records import Replace, is_nothing_but_slots, replacer

ENOUGH = 16  # fields: up to about ten are copied as quickly
ALONE = 2  # references: that of the one variable, and that of the argument by which they are counted

_put = object.__setattr__


def references_are_counted() -> bool:
    """Tell whether `sys.getrefcount` tells here that nobody else has an object.

    CPython says so, unless its threads run without a common lock; since 3.14 it does not count all that variables lend.
    Where this file has been compiled (Cython, Nuitka) the count is one less: whatever the reason, a trial finds it out.
    """
    counted = sys.implementation.name == "cpython" and sys.version_info < (3, 14)
    return counted and not get_config_var("Py_GIL_DISABLED") and _leaves_alone_what_somebody_has()


def _leaves_alone_what_somebody_has() -> bool:
    line = Succession(replacer(_Tried))
    held = _Tried(0)
    last = line.replace(held, {"number": 1})
    line.replace(last, {"number": 2})
    return held.number == 0


@dataclasses.dataclass(frozen=True, slots=True)
class _Tried:
    number: int


def successor(kind: type[Any]) -> Replace:
    """Return what makes the next record of a class; where that is a `Succession`, a new one."""
    copy = replacer(kind)  # type: ignore[arg-type] # classes are hashable
    worth_it = is_nothing_but_slots(kind) and len(dataclasses.fields(kind)) >= ENOUGH
    return Succession(copy).replace if worth_it and references_are_counted() else copy


class Succession:
    """Makes one record after another, each with only a few other values than the one before it.

    The fields of a record with slots are copied one by one: 0.7 µs for a hundred, three times all the rest of a
    dispatch. So where the record before the last is referred to by nobody any more, it becomes the next one, and only
    what has changed since is put into it: 0.3 µs however many fields there are. It is what CPython's `zip` and
    `enumerate` do with their tuples. Nobody can tell the difference to an object that was freed, and whose memory was
    used again: a record that anybody has in hand, a thread, a log or a `selector`, is never touched, nor one of a class
    whose instances could be told of their end (weak references, ``__del__``).

    The price: until another action comes, what the last one has replaced stays in memory, and the last two records do
    for as long as this does.

    Args:
        copy: makes a copy of a record with some other values.
    """

    def __init__(self, copy: Replace) -> None:
        self._copy = copy
        self._last: deque[tuple[Any, Any, Mapping[str, Any]]] = deque(maxlen=1)  # the last two, and what differs

    def replace(self, record: Any, changes: Mapping[str, Any]) -> Any:
        """Return a record that is like this one but for the changes, values by the names of fields. From any thread."""
        try:
            made, last, changed = self._last.pop()  # another thread that is here now finds nothing, and copies
        except IndexError:
            made = self._copy(record, changes)
        else:
            if last is record and sys.getrefcount(made) == ALONE:
                _catch_up(made, record, changed, changes)
            else:
                made = self._copy(record, changes)
        self._last.append((record, made, changes))
        return made


def _catch_up(made: Any, record: Any, changed: Mapping[str, Any], changes: Mapping[str, Any]) -> None:
    for name in changed:
        if name not in changes:
            _put(made, name, getattr(record, name))
    for name, value in changes.items():
        _put(made, name, value)
