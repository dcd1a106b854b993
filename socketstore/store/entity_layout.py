"""Where the rows of a collection have their ids, and in what order they stand."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import Any

from socketstore.codec import short
from socketstore.errors import UsageError
from socketstore.store.entity_rows import Reading, reader
from socketstore.store.ordered import Entry

INHERITED: Any = object()
"""Stands for ``order`` where a subclass does not say it; ``None`` says that there is none."""


def check_keywords(owner: str, hear: Callable[..., None], keywords: dict[str, Any]) -> None:
    """Hand the keywords of a class on to its other bases.

    Raises:
        UsageError: nobody knows them.
    """
    try:
        hear(**keywords)
    except TypeError as error:
        if not keywords:
            raise
        names = ", ".join(f"{name}=" for name in keywords)
        message = f"the class {owner} got {names}; expected the class keywords key=, order= and descending= alone"
        raise UsageError(message) from error


@dataclass(frozen=True, slots=True)
class Layout:
    """What the class keywords of a collection say.

    Attributes:
        key: reads the id of a row.
        order: reads what rows are sorted by; ``None`` where they stand as they came.
        descending: the largest sort key first.
    """

    key: Reading = "id"
    order: Reading | None = None
    descending: bool = False

    def with_keywords(self, key: Reading | None, order: Reading | None, descending: bool | None) -> Layout:  # noqa: FBT001 - as they come
        """Return the layout of a subclass, which inherits what it does not say; without an order nothing descends."""
        return Layout(
            self.key if key is None else key,
            self.order if order is INHERITED else order,
            (self.descending and order is not None) if descending is None else descending,
        )

    def compiled(self) -> Reader:
        """Make the functions that read rows so."""
        read_order = None if self.order is None else reader(self.order)
        return Reader(self, reader(self.key), read_order, -1 if self.descending else 1)

    def check(self, owner: str) -> Layout:
        """Return the layout itself.

        Raises:
            UsageError: a keyword of the class `owner` is of no use.
        """
        for name, value in (("key", self.key), ("order", self.order)):
            if not (callable(value) or (isinstance(value, str) and value) or (value is None and name == "order")):
                message = (
                    f"{owner} got {name}={value!r:.200}; expected the name of an attribute, or a function of the row"
                )
                raise UsageError(message)
        if self.descending and self.order is None:
            message = f"{owner} got descending=True without order=; expected order= as well, for example order='at'"
            raise UsageError(message)
        return self


@dataclass(frozen=True, slots=True)
class Reader:
    """Reads ids and sort keys of rows, and refuses those that are of no use."""

    layout: Layout
    read_key: Callable[[Any], Any]
    read_order: Callable[[Any], Any] | None
    direction: int

    def id_of(self, row: Any) -> Any:
        """Return the id of a row.

        Raises:
            UsageError: it has none, or one that is ``None``, not hashable, or not equal to itself.
        """
        try:
            key = self.read_key(row)
            hash(key)
        except (AttributeError, LookupError, TypeError, ValueError) as error:
            raise self._no_key(row, _told(error)) from error
        if key is None or key != key:
            raise self._no_key(row, f"its key is {key!r}")
        return key

    def entry(self, row: Any, key: Hashable, number: int, present: Entry | None) -> Entry:
        """Return where a row stands: an entry that sorts before and after others as the row should.

        Its last two parts are the id and, before it, what tells it from an earlier entry with the same number, so that
        ids are never compared: they need not have an order.

        Args:
            row: the row.
            key: its id.
            number: of rows with equal sort keys the one with the lower number comes first.
            present: where a row with that id stands; returned again if it stands there still.

        Raises:
            UsageError: the sort key is missing, or not equal to itself.
        """
        if self.read_order is None:
            return (number, 0, key) if present is None else present
        rank = self._rank_of(row, self.read_order)
        if present is not None and present[0] == rank:
            return present
        return (rank, self.direction * number, 0, key)

    def refuse(self, row: Any, error: Exception) -> UsageError:
        """Return the error for a row that cannot be compared with the others."""
        return self._no_rank(row, f"its sort key cannot be compared with those of other rows: {error}")

    def _rank_of(self, row: Any, read: Callable[[Any], Any]) -> Any:
        try:
            rank = read(row)
        except (AttributeError, LookupError, TypeError, ValueError) as error:
            raise self._no_rank(row, f"it has no sort key: {_told(error)}") from error
        if rank is None or _is_unordered(rank):
            raise self._no_rank(row, f"its sort key is {rank!r}")
        return rank

    def _no_rank(self, row: Any, why: str) -> UsageError:
        return UsageError(
            f"got {short(row)} ({type(row).__name__}), an entity that cannot be sorted: {why}; expected "
            f"order={_spelled(self.layout.order)} to read a value that can be compared with those of the other entities"
        )

    def _no_key(self, row: Any, why: str) -> UsageError:
        return UsageError(
            f"got {short(row)} ({type(row).__name__}), an entity without a key: {why}; expected "
            f"key={_spelled(self.layout.key)} to read an id that is hashable and not None. Say where the id is with a "
            'class: class Trades(Entities[str, Trade], key="..."): ...'
        )


def _is_unordered(rank: Any) -> bool:
    if isinstance(rank, tuple):
        return any(_is_unordered(part) for part in rank)
    return bool(rank != rank)  # as not-a-number is


def _spelled(reading: Reading | None) -> str:
    return repr(reading) if isinstance(reading, str) else getattr(reading, "__qualname__", repr(reading))


def _told(error: Exception) -> str:
    return f"it has no item {error}" if isinstance(error, KeyError) else str(error)
