"""What the methods of a collection ask of their arguments."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from socketstore.codec import short
from socketstore.errors import UsageError


def each_row(rows: Any, caller: str) -> Iterable[Any]:
    """Return the rows that were given: of a mapping, its values.

    Raises:
        UsageError: they cannot be iterated.
    """
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
