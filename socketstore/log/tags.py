"""Whether an action will be read as what it is: its class is found by its tag, which others may have as well."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from socketstore.actions import Action, why_not_kept
from socketstore.codec import short, tags_of
from socketstore.errors import DecodeError, EncodeError
from socketstore.log.action_classes import action_classes
from socketstore.structs import is_struct, tag_of


class Tags:
    """Knows the action classes of which nobody else has the tag.

    Args:
        actions: the classes that count where others have the same tag, and those of structs.

    Attributes:
        named: the classes that were given, and those of structs that were checked.
    """

    def __init__(self, actions: Iterable[type[Any]]) -> None:
        self.named = tuple(actions)

    def check(self, action: Any) -> None:
        """Look at the class of an action, and at those that are defined by now.

        Raises:
            EncodeError: who reads the log would not know which class it is, or would take it for another one.
        """
        if isinstance(action, Action):
            self._check_class(type(action), action)
        elif is_struct(action):
            self._check_struct(type(action), action)

    def _check_class(self, kind: type[Action], action: Action) -> None:
        models, structs = action_classes(self.named)
        for tag in tags_of(kind):
            if tag in structs:
                raise _mistaken(action, tag, structs[tag])
            try:
                models.refuse_tag(tag)
            except DecodeError as error:
                message = f"got {short(action)}, which could not be read back: {error}"
                raise EncodeError(message) from error
            read = models.classes[tag]
            if _name(read) != _name(kind):
                raise _mistaken(action, tag, read)

    def _check_struct(self, kind: type[Any], action: Any) -> None:
        problem = why_not_kept(kind)
        if problem is not None:
            message = f"got {short(action)}, which {problem}"
            raise EncodeError(message)
        models, structs = action_classes(self.named)
        tag = str(tag_of(kind))
        read = structs.get(tag) or models.classes.get(tag)
        if read is None:
            self.named = (*self.named, kind)
        elif _name(read) != _name(kind):
            raise _mistaken(action, tag, read)


def _mistaken(action: Any, tag: str, read: type[Any]) -> EncodeError:
    message = (
        f"got {short(action)} of {_name(type(action))}, which would be read as {_name(read)}: that has the tag {tag!r} "
        "as well, and counts here. Give one of them a tag of its own, or name the one to read: open_log(actions=...)"
    )
    return EncodeError(message)


def _name(kind: type[Any]) -> str:
    return f"{kind.__module__}.{kind.__qualname__}"
