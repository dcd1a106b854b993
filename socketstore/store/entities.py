"""An immutable collection of rows, each found by its id, in an order that is kept."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from operator import is_
from types import GenericAlias
from typing import Any, ClassVar, Self, TypeVar, get_args

from pydantic import GetCoreSchemaHandler, TypeAdapter
from pydantic_core import CoreSchema, SchemaSerializer

from socketstore.store.checking import check_callable
from socketstore.store.entity_arguments import checked_changes, each_key, keyed_rows
from socketstore.store.entity_draft import EMPTY, Content, Draft, put_one
from socketstore.store.entity_layout import INHERITED, check_keywords
from socketstore.store.entity_mapping import RowMapping
from socketstore.store.entity_rows import Reading, changed, merged
from socketstore.store.entity_schema import Validating, array_schema, array_serializer, types_of

K = TypeVar("K")
V = TypeVar("V")


class Entities(RowMapping[K, V]):
    """An immutable mapping from id to row, in order. What changes it returns a new one, or itself if nothing changed.

    ::

        class Trades(Entities[str, Trade], key="id", order="at", descending=True): ...

        trades = Trades().upsert(Trade(id="a", at=1.0, price=3.5)).update("a", price=4)
        trades["a"].price, trades.first(10)

    A new version shares all but a few hundred references with the old one, so an upsert among a million rows costs
    about what it does among a thousand. Rows are compared by identity, never deeply; treat them as immutable. Rows may
    be dataclasses, pydantic models, named tuples, mappings or any other class whose key can be read. A collection holds
    rows and nothing else: a subclass may add methods, but no attributes.

    Class keywords, each inherited by subclasses:

    * ``key``: the attribute (of a mapping: the item) that is a row's id, or a function of the row; ``"id"`` by default;
    * ``order``: the attribute, item or function that rows are sorted by. By default, and with ``None``, they stand as
      they came, and a row that is replaced keeps its place. Of rows with equal sort keys the one that got that key
      first comes first;
    * ``descending``: the largest sort key first.

    Methods that take many rows take any iterable of them, or a mapping whose values they are, and make one change of
    it. All of them raise `UsageError` for a row without an id, or with a sort key that cannot be compared; then nothing
    has changed.

    Args:
        rows: what to begin with. Of several rows with one id the last counts.
    """

    __slots__ = ()

    __pydantic_serializer__: ClassVar[SchemaSerializer] = array_serializer()  # for to_json() of a state that holds one

    def __init_subclass__(
        cls,
        *,
        key: Reading | None = None,
        order: Reading | None = INHERITED,
        descending: bool | None = None,
        **rest: Any,
    ) -> None:
        """Take the class keywords.

        Raises:
            UsageError: one of them is of no use, or unknown.
        """
        check_keywords(cls.__qualname__, super().__init_subclass__, rest)
        layout = cls._reader.layout.with_keywords(key, order, descending)
        cls._reader = layout.check(cls.__qualname__).compiled()

    def __init__(self, rows: Iterable[V] | Mapping[K, V] = ()) -> None:
        draft = Draft(EMPTY, self._reader)
        for key, row in self._keyed(rows, type(self).__qualname__):
            draft.put(key, row)
        object.__setattr__(self, "_content", draft.finish())

    def add(self, row: V) -> Self:
        """Add a row, unless its id is there already."""
        key = self._reader.id_of(row)
        return self if key in self else self._with(put_one(self._content, self._reader, key, row, None))

    def add_many(self, rows: Iterable[V] | Mapping[K, V]) -> Self:
        """Add those rows whose ids are not there already."""
        draft = self._draft()
        for key, row in self._keyed(rows, "add_many()"):
            if key not in draft.rows:
                draft.put(key, row)
        return self._with(draft.finish())

    def set(self, row: V) -> Self:
        """Add a row, or replace the one with its id."""
        key = self._reader.id_of(row)
        return self._with(put_one(self._content, self._reader, key, row, self._content.rows.get(key)))

    def set_many(self, rows: Iterable[V] | Mapping[K, V]) -> Self:
        """Add rows, and replace those with their ids."""
        draft = self._draft()
        for key, row in self._keyed(rows, "set_many()"):
            draft.put(key, row)
        return self._with(draft.finish())

    def set_all(self, rows: Iterable[V] | Mapping[K, V]) -> Self:
        """Have these rows and no others. Of several rows with one id the last counts."""
        given = tuple(row for _, row in self._keyed(rows, "set_all()"))
        if self._is(given):
            return self
        new = type(self)(given)
        return self if self._is(new.values()) else new

    def upsert(self, row: V) -> Self:
        """Add a row, or update the one with its id.

        What a `dict`, an `immutables.Map` or a pydantic model says explicitly (its items, its ``model_fields_set``)
        replaces what is there, and the rest stays. A row of any other class replaces the whole row.
        """
        key = self._reader.id_of(row)
        present = self._content.rows.get(key)
        new = row if present is None else merged(present[0], row)
        return self._with(put_one(self._content, self._reader, key, new, present))

    def upsert_many(self, rows: Iterable[V] | Mapping[K, V]) -> Self:
        """Add rows, and update those with their ids; see `upsert`."""
        draft = self._draft()
        for key, row in self._keyed(rows, "upsert_many()"):
            present = draft.rows.get(key)
            draft.put(key, row if present is None else merged(present[0], row))
        return self._with(draft.finish())

    def update(self, key: K, /, **changes: Any) -> Self:
        """Replace some fields of a row; does nothing if there is no such row.

        New values are not validated. A row whose id changes keeps its place, and replaces a row that had this id.

        Raises:
            UsageError: the row has no such field, or is of a class whose fields cannot be replaced by name.
        """
        return self._changing(key, lambda row: changed(row, changes))

    def update_many(self, changes: Mapping[K, Mapping[str, Any]]) -> Self:
        """Replace some fields of some rows, ``{key: {field: value}}``; see `update`."""
        rows = {key: changed(self[key], fields) for key, fields in checked_changes(changes).items() if key in self}
        draft = self._draft()
        draft.change(rows)
        return self._with(draft.finish())

    def update_with(self, key: K, function: Callable[[V], V], /) -> Self:
        """Replace a row by what a function makes of it; does nothing if there is no such row."""
        return self._changing(key, check_callable(function, "the function", "a function of the row"))

    def remove(self, key: K, /) -> Self:
        """Remove a row, if it is there."""
        return self.remove_many((key,))

    def remove_many(self, keys: Iterable[K], /) -> Self:
        """Remove the rows that have these ids."""
        draft = self._draft()
        for key in each_key(keys):
            if key in draft.rows:
                draft.drop(key)
        return self._with(draft.finish())

    def remove_all(self) -> Self:
        """Remove every row."""
        return self._with(EMPTY) if self else self

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (tuple(self.values()),)

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        key, row = types_of(cls, get_args(source), Entities)
        ids: Any = GenericAlias(list, key)
        return array_schema(Validating(cls, cls._reader.id_of, TypeAdapter(ids)), row, handler)

    def _draft(self) -> Draft:
        return Draft(self._content, self._reader)

    def _with(self, content: Content) -> Self:
        """Return a collection of this class with that content: this one if it is the same."""
        if content is self._content:
            return self
        made = object.__new__(type(self))
        object.__setattr__(made, "_content", content)
        return made

    def _keyed(self, rows: Any, caller: str) -> Iterator[tuple[K, V]]:
        return keyed_rows(rows, self._reader.id_of, caller)

    def _is(self, rows: Collection[V]) -> bool:
        return len(rows) == len(self) and all(map(is_, rows, self.values()))

    def _changing(self, key: K, function: Callable[[V], V]) -> Self:
        present = self._content.rows.get(key)
        if present is None:
            return self
        row = function(present[0])
        if self._reader.id_of(row) == key:
            return self._with(put_one(self._content, self._reader, key, row, present))
        draft = self._draft()
        draft.change({key: row})
        return self._with(draft.finish())
