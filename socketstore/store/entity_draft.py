"""Many changes to one collection, made together."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from immutables import Map

from socketstore.store.entity_layout import Reader
from socketstore.store.ordered import Entry, Ordered, worth_rebuilding

FEW = 32  # changed rows whose ids are kept, to compare with the content that they changed

Row = tuple[Any, Entry]
"""An entity, and where it stands."""


class Content(NamedTuple):
    """What a collection holds.

    Attributes:
        rows: by id.
        order: the entries of all rows.
        made: how many entries have been made, and so the number of the next one.
        token: stands for this content.
        before: the token of the content that it was made of, if no more than a few rows differ.
        changed: the ids of these rows, the first places where another version may differ; else one of them.
    """

    rows: Map[Any, Row]
    order: Ordered
    made: int
    token: object
    before: object | None
    changed: tuple[Any, ...]

    def followed_by(self, rows: Map[Any, Row], order: Ordered, made: int, changed: tuple[Any, ...]) -> Content:
        """Make the content that comes of a change of the rows with these ids."""
        few = len(changed) <= FEW
        return Content(rows, order, made, object(), self.token if few else None, changed if few else changed[-1:])


EMPTY = Content(Map(), Ordered(), 0, object(), None, ())


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

    def change(self, changes: Mapping[Any, Any]) -> None:
        """Set the rows of ids that are there, even if they have others now: they keep their places all the same."""
        places = {old: self.rows[old][1] for old in changes}
        keys = {old: self._reader.id_of(row) for old, row in changes.items()}
        for old, key in keys.items():
            if key != old:
                self.drop(old)
        for old, row in changes.items():
            place = places[old] if keys[old] == old else self._renamed(places[old], keys[old])
            self._stand(keys[old], row, self.rows.get(keys[old]), place)

    def _renamed(self, place: Entry, key: Any) -> Entry:
        """Return the entry of a row that has another id now: between the same others, but not equal to the old one."""
        self._made += 1
        return (*place[:-2], self._made, key)

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
        changed: list[Any] = []
        for key, before in self._before.items():
            after = rows.get(key)
            if after is not before:
                changed.append(key)
                _note_place(before, after, gone, come)
        if not changed:
            return self._content
        return self._content.followed_by(rows, self._reordered(rows, gone, come), self._made, tuple(changed))

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
            order = self._told(order.removing, self._content.rows, entry)
        for entry in come:
            order = self._told(order.adding, rows, entry)
        return order

    def _told(self, change: Callable[[Entry], Ordered], rows: Map[Any, Row], entry: Entry) -> Ordered:
        """Change the order by one entry; if that fails, tell by which row."""
        try:
            return change(entry)
        except (TypeError, ValueError, ArithmeticError) as error:
            raise self._reader.refuse(rows[entry[-1]][0], error) from error


def put_one(content: Content, reader: Reader, key: Any, row: Any, present: Row | None) -> Content:
    """Set the row of an id, where `present` stands; much cheaper than a draft if it keeps its place."""
    if present is not None and reader.entry(row, key, content.made, present[1]) is present[1]:
        if present[0] is row:
            return content
        return content.followed_by(content.rows.set(key, (row, present[1])), content.order, content.made, (key,))
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

    One that was made of the other by a change of a few rows can differ in nothing but these.
    """
    if len(mine.rows) != len(theirs.rows):
        return False
    if any(_differ(mine, theirs, key) for key in mine.changed + theirs.changed):
        return False
    if mine.order is not theirs.order:
        return None
    return mine.before is theirs.token or theirs.before is mine.token or bool(mine.rows == theirs.rows)


def _differ(mine: Content, theirs: Content, key: Any) -> bool:
    """Compare the rows of an id, without where they stand."""
    return mine.rows.get(key, ())[:1] != theirs.rows.get(key, ())[:1]
