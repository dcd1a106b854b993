"""A detector for messages that name the one before them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar

from socketstore.connection.streams.ordering import REPEATED, Follows, Missing, Ordering, Verdict, plain
from socketstore.sockets.options import expect


@dataclass(frozen=True, slots=True)
class Links(Ordering):
    """Each message has an id and names that of the message before it. Ids may be text: they are never compared.

    Attributes:
        id: reads the id from a message; hashable.
        previous: reads the id of the message before.
        lasting: ids mean the same on the next socket.
    """

    sorted: ClassVar[bool] = False  # type: ignore[misc]  # not for a program to choose

    id: Callable[[Any], Any]
    previous: Callable[[Any], Any]
    lasting: bool = True

    def __post_init__(self) -> None:
        """Refuse what is no function."""
        expect(self.id, "id", Callable, "a function of one message")
        expect(self.previous, "previous", Callable, "a function of one message")

    def position(self, message: Any) -> Any:
        """Return its id."""
        return self.id(message)

    def check(self, position: Any, message: Any) -> Verdict:
        """Compare what it names with the position."""
        own = self.id(message)
        if own == position:
            return REPEATED
        before = self.previous(message)
        return Follows(own) if position is None or before == position else Missing(plain(position), plain(before))
