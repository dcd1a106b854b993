"""Many changes to one collection, made together."""

from __future__ import annotations

from typing import Any, NamedTuple

from immutables import Map

from socketstore.store.entity_layout import Reader
from socketstore.store.ordered import Entry, Ordered, worth_rebuilding

Row = tuple[Any, Entry]
"""An entity, and where it stands."""


class Content(NamedTuple):
    """What a collection holds.

    Attributes:
        rows: by id.
        order: the entries of all rows.
        made: how many entries have been made, and so the number of the next one.
        latest: the id of the row that was changed last, the first place where another version may differ.
    """

    rows: Map[Any, Row]
    order: Ordered
    made: int
    latest: Any


EMPTY = Content(Map(), Ordered(), 0, None)


class Draft:
    """A collection while it is being changed; used by one call and then dropped.

    What went wrong half-way leaves no trace: the content that it began with does not change.
    """

    def __init__(self, content: Content, reader: Reader) -> None:
        self._content = content
        self._reader = reader
        self._made = content.made
        self._before: dict[Any, Row | None] = {}
        self.rows = content.rows.mutate()

    def put(self, key: Any, row: Any) -> None:
        """Set the row of an id. It keeps its place, unless its sort key is another one."""
        present = self.rows.get(key)
        self._stand(key, row, present, None if present is None else present[1])

    def change(self, old: Any, row: Any) -> None:
        """Set the row of an id that is there, even if it has another one now: it keeps its place all the same."""
        key, place = self._reader.id_of(row), self.rows[old][1]
        if key == old:
            self.put(old, row)
            return
        self.drop(old)
        self._stand(key, row, self.rows.get(key), (*place[:-1], key))

    def drop(self, key: Any) -> None:
        """Remove the row of an id that is there."""
        self._before.setdefault(key, self.rows[key])
        del self.rows[key]

    def finish(self) -> Content:
        """Return the changed content: the one that it began with if nothing changed.

        Raises:
            UsageError: a sort key cannot be compared with the others.
        """
        rows = self.rows.finish()
        gone: list[Entry] = []
        come: list[Entry] = []
        latest = None
        for key, before in self._before.items():
            after = rows.get(key)
            if after is not before:
                latest = key
                _note_place(before, after, gone, come)
        if latest is None:
            return self._content
        return Content(rows, self._reordered(rows, gone, come), self._made, latest)

    def _stand(self, key: Any, row: Any, present: Row | None, place: Entry | None) -> None:
        before = self._before.setdefault(key, present)
        entry = self._reader.entry(row, key, self._made, place)
        if entry is not place:
            self._made += 1
        if before is not None and before[0] is row and before[1] is entry:
            self.rows[key] = before
        else:
            self.rows[key] = (row, entry)

    def _reordered(self, rows: Map[Any, Row], gone: list[Entry], come: list[Entry]) -> Ordered:
        order = self._content.order
        if worth_rebuilding(len(gone) + len(come), len(rows)):
            try:
                return order.rebuilt(gone, come)
            except (TypeError, ValueError, ArithmeticError):
                pass  # one by one, it will be told which
        for entry in gone:
            order = order.removing(entry)
        for entry in come:
            order = self._added(order, rows[entry[-1]][0], entry)
        return order

    def _added(self, order: Ordered, row: Any, entry: Entry) -> Ordered:
        try:
            return order.adding(entry)
        except (TypeError, ValueError, ArithmeticError) as error:
            raise self._reader.refuse(row, error) from error


def put_one(content: Content, reader: Reader, key: Any, row: Any, present: Row | None) -> Content:
    """Set the row of an id, where `present` stands; much cheaper than a draft if it keeps its place."""
    if present is not None and reader.entry(row, key, content.made, present[1]) is present[1]:
        if present[0] is row:
            return content
        return Content(content.rows.set(key, (row, present[1])), content.order, content.made, key)
    draft = Draft(content, reader)
    draft.put(key, row)
    return draft.finish()


def _note_place(before: Row | None, after: Row | None, gone: list[Entry], come: list[Entry]) -> None:
    if before is not None and after is not None and before[1] is after[1]:
        return
    if before is not None:
        gone.append(before[1])
    if after is not None:
        come.append(after[1])


def equal(mine: Content, theirs: Content) -> bool | None:
    """Tell whether two contents are equal as far as that is quickly told; ``None`` where it is not.

    One that was made of the other by a few changes differs in the row that was changed last.
    """
    if len(mine.rows) != len(theirs.rows):
        return False
    if any(_differ(mine, theirs, key) for key in (mine.latest, theirs.latest)):
        return False
    return mine.rows == theirs.rows if mine.order is theirs.order else None


def _differ(mine: Content, theirs: Content, key: Any) -> bool:
    """Compare the rows of an id, without where they stand."""
    return mine.rows.get(key, ())[:1] != theirs.rows.get(key, ())[:1]
