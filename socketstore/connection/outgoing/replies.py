"""Which request a message answers."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from itertools import count
from typing import Any, Protocol, TypeAlias

from socketstore.errors import UsageError

Reply: TypeAlias = int | str | Callable[[Any], object]
"""What tells the answer: the ``id`` in it, or a function of the message's JSON value (or its text or bytes)."""


class Expecting(Protocol):
    """Whoever expects an answer."""

    reply: Reply

    def recognises(self, content: Any) -> bool:
        """Ask the function in `reply`. Never raises."""
        ...


class Replies:
    """Who expects an answer, in the order in which they asked. An id is found at once, however many there are."""

    def __init__(self) -> None:
        self._numbers = count()
        self._by_id: dict[int | str, dict[Any, int]] = {}
        self._by_function: dict[Any, int] = {}

    def __len__(self) -> int:
        return sum(map(len, self._groups()))

    def __bool__(self) -> bool:
        return bool(self._by_function or self._by_id)

    def __iter__(self) -> Iterator[Any]:
        numbered = [item for group in self._groups() for item in group.items()]
        return iter([request for request, _ in sorted(numbered, key=lambda item: item[1])])

    def add(self, request: Expecting) -> None:
        """Expect an answer, after the others."""
        group = self._by_function if callable(request.reply) else self._by_id.setdefault(request.reply, {})
        group[request] = next(self._numbers)

    def discard(self, request: Expecting) -> None:
        """Expect it no longer; harmless if it was not expected."""
        if callable(request.reply):
            self._by_function.pop(request, None)
            return
        group = self._by_id.get(request.reply, {})
        group.pop(request, None)
        if not group:
            self._by_id.pop(request.reply, None)

    def match(self, content: Any) -> Any:
        """Return the first who recognises an answer, or ``None``."""
        group = self._by_id.get(_id(content), {}) if self._by_id else {}
        found, number = next(iter(group.items()), (None, None))
        for request, its_number in tuple(self._by_function.items()):
            if number is not None and its_number > number:
                break
            if request.recognises(content):
                return request
        return found

    def _groups(self) -> Iterator[dict[Any, int]]:
        yield from self._by_id.values()
        yield self._by_function


def check_reply(reply: object) -> None:
    """Return if answers can be told by this.

    Raises:
        UsageError: they cannot.
    """
    good = callable(reply) if not isinstance(reply, (int, str)) else not isinstance(reply, bool)
    if not good or inspect.iscoroutinefunction(reply):
        message = f"got reply={reply!r:.200}; expected the id in the answer (a number or text), or a plain function"
        raise UsageError(message)


def _id(content: Any) -> Any:
    """Return the ``id`` of a JSON object; ``None``, which nobody expects, if it has none that could be expected."""
    value = content.get("id") if isinstance(content, dict) else None
    return value if isinstance(value, (int, float, str)) and not isinstance(value, bool) else None
