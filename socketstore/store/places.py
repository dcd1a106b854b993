"""How an error names the place where the way into a state breaks off."""

from __future__ import annotations

from typing import Any, NoReturn

from socketstore.codec import short
from socketstore.errors import PathError
from socketstore.store.paths import Path, spell


def place(path: Path) -> str:
    """Spell the way to a value in the state, or to the state itself."""
    return spell(path) or "the state"


def class_of(value: object) -> str:
    """Return the name of its class."""
    return type(value).__name__


def refuse(value: Any, path: Path, lacking: str) -> NoReturn:
    """Raise `PathError`: the value that the path leads to has no such part."""
    message = f"{place(path)} has {lacking}; it is {short(value)} ({class_of(value)})"
    raise PathError(message)
