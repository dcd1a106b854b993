"""A state whose mappings are all dicts, so that rich opens them: of other classes it shows no more than their repr."""

from __future__ import annotations

import copy
from collections import UserDict
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from types import MappingProxyType
from typing import Any

from pydantic import BaseModel

KNOWN = (dict, UserDict, MappingProxyType)  # to rich


def opened(value: Any, above: frozenset[int] = frozenset()) -> Any:
    """Return what looks like a value, with a dict for each `immutables.Map`, `Entities` and the like in it.

    Args:
        value: any.
        above: the `id` of each value that holds it; what holds itself stays as it is there.
    """
    if id(value) in above:
        return value
    within = above | {id(value)}
    if type(value) is dict or (isinstance(value, Mapping) and not _has_a_look(value)):
        return {key: opened(part, within) for key, part in value.items()}
    if type(value) in (list, tuple):
        parts = [opened(part, within) for part in value]
        return parts if type(value) is list else tuple(parts)
    return _record(value, within)


def _has_a_look(mapping: object) -> bool:
    return isinstance(mapping, KNOWN) or hasattr(type(mapping), "__rich_repr__")


def _record(value: Any, within: frozenset[int]) -> Any:
    if isinstance(value, BaseModel):
        held = {name: getattr(value, name) for name in type(value).model_fields}
        return value.model_copy(update={name: opened(part, within) for name, part in held.items()})
    if isinstance(value, tuple) and hasattr(value, "_replace"):
        return type(value)._make(opened(part, within) for part in value)  # type: ignore[attr-defined]
    return _data(value, within) if is_dataclass(value) and not isinstance(value, type) else value


def _data(value: Any, within: frozenset[int]) -> Any:
    copied = copy.copy(value)
    for field in fields(value):
        if hasattr(value, field.name):
            object.__setattr__(copied, field.name, opened(getattr(value, field.name), within))
    return copied
