"""Secrets that stand in an entry are replaced before anything of it is written."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from typing import Any, Protocol, TypeAlias

from socketstore.codec import short
from socketstore.errors import EncodeError
from socketstore.sockets.masking import MASK

Path: TypeAlias = tuple[str | int, ...]
"""Where a value stands: the kind of the entry, keys, and positions in lists; it goes on in JSON inside a text."""

Replace: TypeAlias = Callable[[Path, Any], Any]
"""Returns what is written in the place of a value: the value itself, if it is no secret."""

Redact: TypeAlias = Iterable[str] | Replace | None
"""What ``open_log(redact=)`` takes: names, a function, or ``None`` for nothing."""


class Masks:
    """What stands in the place of a secret: a value of its own kind.

    Args:
        choose: what stands in the place of a text, whose key is given beside it (``""`` if it has none).
    """

    def __init__(self, choose: Callable[[str, str], str] = lambda text, key: MASK) -> None:  # noqa: ARG005
        self._choose = choose

    def of(self, value: Any, key: str = "") -> Any:
        """Return the mask of a JSON value."""
        if not value:  # an empty text is no secret, and often says that there is none
            return value
        match value:
            case str():
                return self._choose(value, key)
            case dict():
                return {name: self.of(part, name) for name, part in value.items()}
            case list():
                return [self.of(part) for part in value]
            case bool():
                return value
        return 0


USUAL = Masks()


class Redaction(Protocol):
    """How secrets are found and replaced. What is no secret stays as it was.

    Attributes:
        takes_masks: whether `json` puts the masks that it is given in the place of secrets.
    """

    takes_masks: bool

    def suspects(self, written: str | bytes) -> bool:
        """Tell, cheaply, whether there may be a secret in JSON or in a text."""
        ...

    def suspects_name(self, name: str) -> bool:
        """Tell whether there may be a secret under this name, whatever the value."""
        ...

    def json(self, kind: str, written: bytes, masks: Masks = USUAL) -> bytes:
        """Return JSON without secrets.

        Args:
            kind: of the entry.
            written: the JSON of an action, a state, or the fields of an entry.
            masks: what stands in their place.

        Raises:
            EncodeError: that cannot be done.
        """
        ...

    def message(self, kind: str, data: str | bytes) -> str | bytes:
        """Return the data of a frame without secrets.

        Raises:
            EncodeError: that cannot be done.
        """
        ...


def dumped(value: Any) -> bytes:
    """Write what stands in the place of a secret.

    Raises:
        EncodeError: it is no JSON value.
    """
    try:
        return quoted(value).encode()
    except (TypeError, ValueError, RecursionError) as error:
        message = f"redact= put {short(value)} in the place of a value; expected a JSON value: {error}"
        raise EncodeError(message) from error


def quoted(value: Any) -> str:
    """Return JSON as it can be encoded: half of a surrogate pair stays an escape."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return text if _is_unicode(text) else json.dumps(value, separators=(",", ":"))


def _is_unicode(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
