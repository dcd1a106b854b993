"""Whether an action will be read as what it is: its class is found by its tag, which others may have as well."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from pydantic import BaseModel

from socketstore.actions import Action, known
from socketstore.codec import TaggedUnion, short, tags_of
from socketstore.errors import DecodeError, EncodeError


class Tags:
    """Knows the action classes of which nobody else has the tag.

    Args:
        actions: the classes that count where others have the same tag.

    Attributes:
        checked: the classes, of actions and of other values, that need not be looked at again.
    """

    def __init__(self, actions: Iterable[type[Action]]) -> None:
        self.checked: set[type] = set()
        self._actions = tuple(actions)

    def check(self, action: Any) -> None:
        """Look at the class of an action, and at those that are defined by now.

        Raises:
            EncodeError: who reads the log would not know which class it is, or would take it for another one.
        """
        if isinstance(action, Action):
            self._check_class(type(action), action)
        self.checked.add(type(action))

    def _check_class(self, kind: type[Action], action: Action) -> None:
        classes = TaggedUnion(known(Action), self._actions)
        for tag in tags_of(kind):
            try:
                classes.refuse_tag(tag)
            except DecodeError as error:
                message = f"got {short(action)}, which could not be read back: {error}"
                raise EncodeError(message) from error
            read = classes.classes[tag]
            if _name(read) != _name(kind):
                message = (
                    f"got {short(action)} of {_name(kind)}, which would be read as {_name(read)}: that has the tag "
                    f"{tag!r} as well, and open_log(actions=...) names it. Give one of them a type of its own"
                )
                raise EncodeError(message)


def _name(kind: type[BaseModel]) -> str:
    return f"{kind.__module__}.{kind.__qualname__}"
