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
        text: in the place of a text; the field of an action may need another form.
        keep_tags: whether the ``type`` of an object stays, by which its class is found.
    """

    def __init__(self, text: str = MASK, *, keep_tags: bool = False) -> None:
        self._text = text
        self._keep_tags = keep_tags

    def of(self, value: Any) -> Any:
        """Return the mask of a JSON value."""
        match value:
            case str():
                return self._text
            case dict():
                return {key: self._of_field(key, part) for key, part in value.items()}
            case list():
                return [self.of(part) for part in value]
            case None | bool():
                return value
        return 0

    def _of_field(self, key: str, value: Any) -> Any:
        return value if self._keep_tags and key == "type" and isinstance(value, str) else self.of(value)


_FORMS = ("Kioq", "0", "00000000-0000-0000-0000-000000000000", "1970-01-01T00:00:00Z", "1970-01-01")
USUAL = Masks()
FITTING = (USUAL, Masks(keep_tags=True), *(Masks(text, keep_tags=True) for text in _FORMS))
"""The masks that are tried on an action until it can be read: for text, bytes, numbers, ids and times."""


class Redaction(Protocol):
    """How secrets are found and replaced. What is no secret stays as it was."""

    def suspects(self, written: bytes) -> bool:
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


def without_secrets(redaction: Redaction, state: Any) -> Any:
    """Return a JSON value of a state without its secrets.

    Raises:
        EncodeError: that cannot be done.
    """
    written = dumped(state)
    if not redaction.suspects(written):
        return state
    shown = redaction.json("snapshot", written)
    return state if shown == written else json.loads(shown)


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
