"""What the class of a state tells of its fields."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterable
from types import NoneType, UnionType
from typing import Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

from typing_extensions import TypeAliasType

from socketstore.errors import UsageError
from socketstore.store.records import arguments_not_kept

MAY_MEAN_NONE = re.compile(r"\b(None|Optional|Any|object)\b")


def fields_of(state_class: type[Any]) -> set[str]:
    """Return the names of the fields that can be given other values.

    Raises:
        UsageError: it is not a class of records, or its records cannot be copied.
    """
    if isinstance(state_class, type):
        if dataclasses.is_dataclass(state_class):
            _refuse_what_cannot_be_copied(state_class)
            return {field.name for field in dataclasses.fields(state_class) if field.init}
        for attribute in ("model_fields", "_fields", "__struct_fields__"):
            if hasattr(state_class, attribute):
                return set(getattr(state_class, attribute))
    message = (
        f"the state's class is {state_class!r}; expected a frozen dataclass, "
        "a pydantic model, a named tuple or a struct of msgspec"
    )
    raise UsageError(message)


def _refuse_what_cannot_be_copied(state_class: type[Any]) -> None:
    forgotten = arguments_not_kept(state_class)
    if forgotten:
        message = (
            f"the state's class {state_class.__qualname__} does not keep what it is given as {forgotten} (InitVar); "
            "expected one that can be made again from its fields. Give the InitVar a default."
        )
        raise UsageError(message)


def has_fields(state: object, names: Iterable[str]) -> bool:
    """Tell whether a state is an instance that has these fields."""
    return not isinstance(state, type) and all(hasattr(state, name) for name in names)


def fields_that_may_be_none(state_class: type[Any]) -> set[str]:
    """Return the fields whose annotations allow `None`."""
    return {name for name, hint in _hints(state_class).items() if _allows_none(hint)}


def _hints(state_class: type[Any]) -> dict[str, Any]:
    try:
        return get_type_hints(state_class)
    except (NameError, TypeError, AttributeError):  # a name that is imported for type checkers only
        kinds = (kind for kind in reversed(state_class.__mro__) if "__annotations__" in vars(kind))
        return {name: hint for kind in kinds for name, hint in vars(kind)["__annotations__"].items()}


def _allows_none(hint: Any) -> bool:
    if isinstance(hint, str):
        return MAY_MEAN_NONE.search(hint) is not None
    if isinstance(hint, TypeAliasType):
        return _allows_none(hint.__value__)
    if get_origin(hint) is Literal:
        return None in get_args(hint)
    if hint in (Any, object, None, NoneType) or isinstance(hint, TypeVar):
        return True
    return get_origin(hint) in (Union, UnionType) and any(_allows_none(part) for part in get_args(hint))
