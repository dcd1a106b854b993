"""What the methods of a collection ask of their arguments."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from socketstore.codec import short
from socketstore.errors import UsageError


def keyed_rows(rows: Any, id_of: Callable[[Any], Any], caller: str) -> Iterator[tuple[Any, Any]]:
    """Go through the rows that were given, of a mapping through its values, with their ids.

    Raises:
        UsageError: they cannot be iterated, or one of them has no id, perhaps because all that was given is one row.
    """
    for row in _each_row(rows, caller):
        try:
            key = id_of(row)
        except UsageError as error:
            _refuse_one_row(rows, id_of, caller)
            raise error from error.__cause__
        yield key, row


def _refuse_one_row(rows: Any, id_of: Callable[[Any], Any], caller: str) -> None:
    """Raise if what was given for many rows, as if it held them, is a row itself."""
    try:
        id_of(rows)
    except UsageError:
        return
    message = (
        f"{caller} got {short(rows)} ({type(rows).__name__}), which is a row itself; expected an iterable of rows. Put "
        "it into a list, or use the method that takes one row."
    )
    raise UsageError(message)


def _each_row(rows: Any, caller: str) -> Iterable[Any]:
    if isinstance(rows, Iterable) and not isinstance(rows, (str, bytes)):
        return rows.values() if isinstance(rows, Mapping) else rows
    message = f"{caller} got {short(rows)} ({type(rows).__name__}); expected an iterable of rows"
    raise UsageError(message)


def each_key(keys: Any) -> Iterable[Any]:
    """Return the ids that were given.

    Raises:
        UsageError: they cannot be iterated, or are text, which would be read letter by letter.
    """
    if isinstance(keys, Iterable) and not isinstance(keys, (str, bytes)):
        return keys
    message = (
        f"remove_many() got {short(keys)} ({type(keys).__name__}); expected an iterable of ids; remove() takes one"
    )
    raise UsageError(message)


def checked_changes(changes: Any) -> Mapping[Any, Mapping[str, Any]]:
    """Return the changes themselves.

    Raises:
        UsageError: they are no mapping of mappings.
    """
    if isinstance(changes, Mapping) and all(isinstance(fields, Mapping) for fields in changes.values()):
        return changes
    message = f"update_many() got {short(changes)}; expected a mapping from ids to changes, {{key: {{field: value}}}}"
    raise UsageError(message)


def checked_count(count: int) -> int:
    """Return the number itself.

    Raises:
        UsageError: it is no integer from 0 up.
    """
    if isinstance(count, int) and count >= 0:
        return count
    message = f"got {short(count)} as the number of rows; expected an integer from 0 up"
    raise UsageError(message)
