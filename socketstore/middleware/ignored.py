"""What a check is told to pass over: places of a state or an action, and values of certain classes."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, TypeAlias

from socketstore.errors import UsageError
from socketstore.store.paths import Path, spell

Ignore: TypeAlias = Iterable[str | type[Any]]
"""Places, spelled as the messages spell them (``feed.books['BTC']``, and all below it), and classes of values."""


class Ignored:
    """The places and classes of one check.

    Raises:
        UsageError: something is neither a text nor a class.
    """

    def __init__(self, ignore: Ignore = ()) -> None:
        listed = (ignore,) if isinstance(ignore, str) or not isinstance(ignore, Iterable) else tuple(ignore)
        if isinstance(ignore, str) or not all(isinstance(each, (str, type)) for each in listed):
            message = f'ignore={ignore!r}; expected places and classes, as in ignore=["feed.cache", Session]'
            raise UsageError(message)
        self._places = tuple(each for each in listed if isinstance(each, str))
        self._below = tuple(place + begin for place in self._places for begin in ".[{")
        self._classes = tuple(each for each in listed if isinstance(each, type))

    def value(self, value: Any) -> bool:
        """Tell whether a value is passed over wherever it is."""
        return isinstance(value, self._classes)

    def place(self, path: str) -> bool:
        """Tell whether a place, by its spelled path, is passed over."""
        return path in self._places or path.startswith(self._below)

    def pair(self, path: Path, before: Any, after: Any) -> bool:
        """Tell whether two values in one place are passed over."""
        return self.value(before) or self.value(after) or (bool(self._places) and self.place(spell(path)))
