"""Rules by which a single value is known to come back equal from JSON."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias, cast

from pydantic import ValidationError
from pydantic_core import CoreSchema, SchemaValidator

Check: TypeAlias = Callable[[Any], bool]

Rule: TypeAlias = Mapping[type, Check | None]
"""By its exact type: whether a value comes back equal; ``None``: all of that type do."""

TEXT = frozenset({str})

DEEPEST = 100
"""Lists in lists: fewer than pydantic reads, which is 200."""


@dataclass(frozen=True, slots=True)
class Each:
    """The check of a collection, each of whose items must fit."""

    rule: Rule

    def __call__(self, items: Any) -> bool:
        """Tell whether all of them do."""
        return all(fits(self.rule, item) for item in items)


@dataclass(frozen=True, slots=True)
class Row:
    """The check of a tuple that has a rule for each of its items."""

    rules: Sequence[Rule]

    def __call__(self, items: Any) -> bool:
        """Tell whether all of them do, and there are as many."""
        return len(items) == len(self.rules) and all(map(fits, self.rules, items))


class Constrained:
    """The check of a text or a number for which there are limits, patterns, and the like.

    Args:
        schema: pydantic's.
    """

    def __init__(self, schema: CoreSchema) -> None:
        self._validate = SchemaValidator(schema).validate_python

    def __call__(self, value: Any) -> bool:
        """Tell whether pydantic would leave it as it is."""
        try:
            return bool(self._validate(value) == value)
        except ValidationError:
            return False


class Finite:
    """The check of a float where the text that is written for an infinity would not be read as one.

    Args:
        check: what else is to be checked.
    """

    def __init__(self, check: Check) -> None:
        self._check = check

    def __call__(self, value: Any) -> bool:
        """Tell whether it is finite and fits."""
        return math.isfinite(value) and self._check(value)


def finite(check: Check | None) -> Check:
    """Return the check of a float that must be finite as well."""
    return math.isfinite if check is None else Finite(check)


def fits(rule: Rule, value: Any) -> bool:
    """Tell whether a value is one that comes back equal."""
    kind = type(value)
    if kind not in rule:
        return False
    check = rule[kind]
    return check is None or check(value)


def all_fit(rules: Mapping[str, Rule], values: Mapping[str, Any]) -> bool:
    """Tell whether the values of a model come back equal."""
    return rules.keys() == values.keys() and all(fits(rule, values[name]) for name, rule in rules.items())


def is_readable(value: dict[Any, Any] | list[Any], left: int = DEEPEST) -> bool:
    """Tell whether a list or a dict is not too deep to be read; what else may be wrong is seen when it is written."""
    for item in value.values() if type(value) is dict else value:
        kind = type(item)
        if (kind is dict or kind is list) and (left <= 0 or not is_readable(item, left - 1)):
            return False
    return True


def are_texts(keys: Collection[object]) -> bool:
    """Tell whether the keys of a dict come back equal; pydantic writes something else for half a surrogate pair."""
    if not TEXT.issuperset(map(type, keys)):
        return False
    try:
        return "".join(cast(Collection[str], keys)).encode() is not None
    except UnicodeEncodeError:
        return False


def any_of(rules: Sequence[Rule]) -> Rule | None:
    """Return the rule of a union of texts, numbers and the like; ``None`` if it is not known which of them is read.

    What JSON writes in different ways is read by the one that wrote it. An infinity is written as a text.
    """
    joined: dict[type, Check | None] = {}
    for rule in rules:
        for kind, check in rule.items():
            if kind in joined and joined[kind] is not check:
                return None
            joined[kind] = finite(check) if kind is float else check
    return joined
