"""From ``module:name`` to the reducer and its initial state."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable
from dataclasses import dataclass
from operator import attrgetter
from pathlib import Path
from types import ModuleType
from typing import Any, cast

from socketstore.cli.failing import WRONG_USAGE, Failure
from socketstore.store.types import Reducer


@dataclass(frozen=True, slots=True)
class Fold:
    """A reducer and the state before the first action."""

    reducer: Reducer[Any]
    initial: Any


NO_FOLD = Fold(lambda state, _: state, None)
"""For who looks at actions only: its state never changes."""


def load_fold(reducer: str | None, initial: str | None) -> Fold:
    """Find the reducer, and its initial state: the one that was named, or else the reducer's own ``.initial``.

    Raises:
        Failure: one of them was not found, or cannot be what it is named for.
    """
    if reducer is None:
        if initial is not None:
            message = f"got --initial {initial} alone; name the reducer that it is for: --reducer module:name"
            raise Failure(message, exit_code=WRONG_USAGE)
        return NO_FOLD
    function = load_function("--reducer", reducer, "a function (state, action) -> state, or a slice")
    return Fold(function, _initial_of(function, reducer) if initial is None else _initial(initial))


def load_function(option: str, spec: str, expected: str) -> Callable[..., Any]:
    """Find the function that ``module:name`` names.

    Raises:
        Failure: there is nothing of that name, or it cannot be called.
    """
    function = load(option, spec)
    if not callable(function):
        message = f"{option} {spec} is {function!r:.100}; expected {expected}"
        raise Failure(message, exit_code=WRONG_USAGE)
    return cast(Callable[..., Any], function)


def _initial(spec: str) -> Any:
    value = load("--initial", spec)
    if not callable(value):
        return value
    try:
        return value()
    except Exception as error:
        message = f"--initial {spec} was called without arguments and raised {type(error).__name__}: {error}"
        raise Failure(message) from error


def _initial_of(reducer: Callable[..., Any], spec: str) -> Any:
    try:
        return reducer.initial  # type: ignore[attr-defined]
    except AttributeError as error:
        message = (
            f"--reducer {spec} has no initial state of its own; "
            "add --initial module:name, which names a state or a class to call"
        )
        raise Failure(message, exit_code=WRONG_USAGE) from error


def load(option: str, spec: str) -> Any:
    """Find what ``module:name`` names; the module may stand in the current folder.

    Raises:
        Failure: there is nothing of that name.
    """
    module_name, colon, name = spec.partition(":")
    if not (module_name and colon and name):
        message = f"got {option} {spec}; expected module:name, for example {option} chat:reducer for reducer in chat.py"
        raise Failure(message, exit_code=WRONG_USAGE)
    module = _import(option, spec, module_name)
    try:
        return attrgetter(name)(module)
    except AttributeError as error:
        message = f"{option} {spec}: the module {module_name} has no {name}; check its spelling"
        raise Failure(message, exit_code=WRONG_USAGE) from error


def _import(option: str, spec: str, name: str) -> ModuleType:
    here = str(Path.cwd())
    if here not in sys.path and "" not in sys.path:
        sys.path.insert(0, here)
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        if error.name is None or not f"{name}.".startswith(f"{error.name}."):
            raise _broken(option, spec, error) from error
        message = f"{option} {spec}: there is no module {name}, neither installed nor in {here}; check its spelling"
        raise Failure(message, exit_code=WRONG_USAGE) from error
    except (Exception, SystemExit) as error:
        raise _broken(option, spec, error) from error


def _broken(option: str, spec: str, error: BaseException) -> Failure:
    return Failure(f"{option} {spec}: importing it raised {type(error).__name__}: {error}; mend the module first")
