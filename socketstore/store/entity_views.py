"""What a collection shows in order, from either end: its ids, its rows, or both."""

from __future__ import annotations

from collections.abc import ItemsView, Iterator, KeysView, ValuesView
from operator import itemgetter
from typing import TYPE_CHECKING, Any, TypeVar

from socketstore.store.entity_draft import Content

if TYPE_CHECKING:
    from socketstore.store.entity_mapping import RowMapping

K = TypeVar("K")
V = TypeVar("V")

_id_of = itemgetter(-1)  # of an entry
_row_of = itemgetter(0)  # of a row and its entry


def ids(content: Content, *, backwards: bool) -> Iterator[Any]:
    """Go through the ids in the order of the entries, or against it."""
    return map(_id_of, reversed(content.order) if backwards else content.order)


def _rows(collection: RowMapping[Any, V], ids: Iterator[Any]) -> Iterator[V]:
    return map(_row_of, map(collection._content.rows.__getitem__, ids))


class Keys(KeysView[K]):
    """The ids of a collection in order."""

    __slots__ = ()

    _mapping: RowMapping[K, Any]

    def __reversed__(self) -> Iterator[K]:
        return reversed(self._mapping)


class Values(ValuesView[V]):
    """The rows of a collection in order; equal to those of an equal collection."""

    __slots__ = ()

    _mapping: RowMapping[Any, V]

    def __iter__(self) -> Iterator[V]:
        return _rows(self._mapping, iter(self._mapping))

    def __reversed__(self) -> Iterator[V]:
        return _rows(self._mapping, reversed(self._mapping))

    def __eq__(self, other: object) -> bool:
        return self._mapping == other._mapping if isinstance(other, Values) else NotImplemented

    def __hash__(self) -> int:
        return hash((Values, self._mapping))


class Items(ItemsView[K, V]):
    """The ids and rows of a collection in order."""

    __slots__ = ()

    _mapping: RowMapping[K, V]

    def __iter__(self) -> Iterator[tuple[K, V]]:
        return zip(self._mapping, self._mapping.values(), strict=True)

    def __reversed__(self) -> Iterator[tuple[K, V]]:
        return zip(reversed(self._mapping), reversed(self._mapping.values()), strict=True)
