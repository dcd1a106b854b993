"""Whether two values are the same in that nobody could tell them apart, which is more than ``==`` says."""

from __future__ import annotations

import operator
from collections.abc import Callable
from decimal import Decimal
from math import copysign
from typing import Any, TypeAlias

from socketstore.store.paths import ByClass

Compare: TypeAlias = Callable[[Any, Any], bool]


def _same_float(value: float, last: float) -> bool:
    if value == last:
        return value != 0.0 or copysign(1.0, value) == copysign(1.0, last)
    return value != value and last != last  # one nan is as good as another


COMPARED: dict[type[Any], Compare] = {
    int: operator.eq,
    str: operator.eq,
    bytes: operator.eq,
    float: _same_float,
}
"""The types whose values are compared instead of the objects: cheap, and nobody could tell two equal ones apart."""


def same(value: object, last: object) -> bool:
    """Tell whether two values are one object, or equal numbers, text or bytes of one type; looks into nothing."""
    if value is last:
        return True
    kind = type(value)
    return kind is type(last) and kind in COMPARED and COMPARED[kind](value, last)


def interchangeable(value: Any, last: Any) -> bool:
    """Tell whether two values are equal, of the same types and in the same order.

    Looks into tuples, lists and dictionaries: ``(1,)`` is not ``(True,)``, and a dictionary whose keys come in another
    order is another one. What else there is, its own ``==`` decides about. What that raises is raised here.
    """
    return same(value, last) or (bool(value == last) and _alike(value, last))


def fingerprint(value: Any) -> Any:
    """Return something that is equal for the same values alone, and hashable if the value is."""
    kind = type(value)
    if kind is str:
        return value
    if issubclass(kind, tuple):
        return (kind, *map(fingerprint, value))
    if issubclass(kind, frozenset):
        return kind, frozenset(map(fingerprint, value))
    return kind, value.hex() if kind is float else value


def _alike(value: Any, last: Any) -> bool:
    """Tell whether two values that are equal are also of the same types and in the same order."""
    if value is last:
        return True
    kind = type(value)
    if kind is not type(last):
        return False
    look = _look_into[kind]
    return look is None or look(value, last)


def _alike_items(value: Any, last: Any) -> bool:
    return all(map(operator.is_, value, last)) or all(map(_alike, value, last))


def _alike_mappings(value: dict[Any, Any], last: dict[Any, Any]) -> bool:
    keys, last_keys = list(value), list(last)
    return keys == last_keys and _alike_items(keys, last_keys) and _alike_items(value.values(), last.values())


LOOKED_INTO: tuple[tuple[type[Any], Compare], ...] = (
    (float, _same_float),
    (Decimal, lambda value, last: value.as_tuple() == last.as_tuple()),  # 1.0 and 1.00 are equal
    (tuple, _alike_items),
    (list, _alike_items),
    (dict, _alike_mappings),
)


def _look_of(kind: type[Any]) -> Compare | None:
    return next((look for base, look in LOOKED_INTO if issubclass(kind, base)), None)


_look_into: ByClass[Compare | None] = ByClass(_look_of)
