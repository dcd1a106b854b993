"""How a collection is read: a mapping from id to row, in order, that is immutable."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import islice
from operator import eq
from typing import Any, ClassVar, NoReturn, Self, TypeVar, cast, overload

from socketstore.codec import short
from socketstore.store.entity_arguments import checked_count
from socketstore.store.entity_draft import Content, equal
from socketstore.store.entity_layout import Layout, Reader
from socketstore.store.entity_views import Items, Keys, Values, ids

K = TypeVar("K")
V = TypeVar("V")
T = TypeVar("T")

SHOWN = 3  # rows in a repr


class RowMapping(Mapping[K, V]):
    """An immutable mapping from id to row, in order."""

    __slots__ = ("_content",)

    _content: Content
    _reader: ClassVar[Reader] = Layout().compiled()

    @overload
    def get(self, key: K, default: None = None, /) -> V | None: ...

    @overload
    def get(self, key: K, default: V | T, /) -> V | T: ...

    def get(self, key: K, default: Any = None, /) -> Any:
        """Return the row of an id, or `default`."""
        row = self._content.rows.get(key)
        return default if row is None else row[0]

    def ids(self) -> tuple[K, ...]:
        """Return the ids in order."""
        return tuple(self)

    def keys(self) -> Keys[K]:
        """Return a view of the ids in order, that can also be iterated from the end."""
        return Keys(self)

    def values(self) -> Values[V]:
        """Return a view of the rows in order, that can also be iterated from the end."""
        return Values(self)

    def items(self) -> Items[K, V]:
        """Return a view of the ids with their rows in order, that can also be iterated from the end."""
        return Items(self)

    def first(self, count: int) -> tuple[V, ...]:
        """Return the first rows, in order; fewer if there are not so many."""
        return tuple(islice(self.values(), checked_count(count)))

    def last(self, count: int) -> tuple[V, ...]:
        """Return the last rows, in order; fewer if there are not so many."""
        return tuple(islice(reversed(self.values()), checked_count(count)))[::-1]

    def __getitem__(self, key: K) -> V:
        return cast(V, self._content.rows[key][0])

    def __contains__(self, key: object) -> bool:
        return key in self._content.rows

    def __len__(self) -> int:
        return len(self._content.rows)

    def __iter__(self) -> Iterator[K]:
        return ids(self._content, backwards=self._reader.layout.descending)

    def __reversed__(self) -> Iterator[K]:
        return ids(self._content, backwards=not self._reader.layout.descending)

    def __eq__(self, other: object) -> bool:
        """Tell whether the other is of the same class and has the same ids in the same order with equal rows."""
        if self is other or not isinstance(other, RowMapping) or type(other) is not type(self):
            return True if self is other else NotImplemented
        quickly = equal(self._content, other._content)
        return all(map(eq, self.items(), other.items())) if quickly is None else quickly

    def __hash__(self) -> int:
        return hash((type(self), tuple(self.items())))

    def __repr__(self) -> str:
        if not self:
            return f"{type(self).__qualname__}()"
        rows = [short(row) for row in self.first(SHOWN)] + ["..."] * (len(self) > SHOWN)
        return f"{type(self).__qualname__}({len(self)} row{'s' * (len(self) != 1)}: {', '.join(rows)})"

    def __copy__(self) -> Self:
        return self

    def __setattr__(self, name: str, value: object) -> NoReturn:
        message = f"{type(self).__qualname__} is immutable: {name!r} cannot be set; its methods return a new collection"
        raise AttributeError(message)

    def __delattr__(self, name: str) -> NoReturn:
        message = f"{type(self).__qualname__} is immutable: {name!r} cannot be deleted"
        raise AttributeError(message)
