"""Secrets that a function of the program knows."""

from __future__ import annotations

import json
import traceback
from typing import Any

from socketstore.codec import short
from socketstore.errors import EncodeError
from socketstore.log.redaction import USUAL, Masks, Path, Replace, dumped


class ByFunction:
    """Asks a function about each value of an entry, from the outside to the inside, and into JSON in texts.

    See `Redaction`.

    Args:
        replace: the function.
    """

    takes_masks = False

    def __init__(self, replace: Replace) -> None:
        self._replace = replace

    def suspects(self, written: str | bytes) -> bool:  # noqa: ARG002 - only the function knows
        """Suspect everything."""
        return True

    def suspects_name(self, name: str) -> bool:  # noqa: ARG002
        """Suspect everything."""
        return True

    def json(self, kind: str, written: bytes, masks: Masks = USUAL) -> bytes:  # noqa: ARG002 - the function knows better
        """Ask about each value.

        Raises:
            EncodeError: the function raised, or what it returned is no JSON value.
        """
        value = json.loads(written)
        shown = self._asked((kind,), value)
        return written if shown is value else dumped(shown)

    def message(self, kind: str, data: str | bytes) -> str | bytes:
        """Ask about a whole message, and about the values in it if it is JSON.

        Raises:
            EncodeError: the function raised, or returned something else than text or bytes.
        """
        shown = self._asked((kind,), data)
        if isinstance(shown, (str, bytes)):
            return shown
        message = f"redact= put {short(shown)} in the place of a message; expected text or bytes"
        raise EncodeError(message)

    def _asked(self, path: Path, value: Any) -> Any:
        """Return what stands in the place of a value; the same object if nothing in it has changed."""
        try:
            shown = self._replace(path, value)
        except Exception as error:
            words = "".join(traceback.format_exception_only(error)).strip()  # also for one that cannot be made a str
            message = f"redact= raised {words} for the value at {path}; nothing was written"
            raise EncodeError(message) from error
        if shown is not value:
            return shown
        match value:
            case dict():
                return _kept(value, {key: self._asked((*path, key), part) for key, part in value.items()})
            case list():
                return _kept(value, [self._asked((*path, place), part) for place, part in enumerate(value)])
            case str() | bytes():
                return self._in_text(path, value)
        return value

    def _in_text(self, path: Path, text: str | bytes) -> Any:
        try:
            value = json.loads(text)
        except (ValueError, RecursionError):
            return text
        if not isinstance(value, (dict, list)):
            return text
        shown = self._asked(path, value)
        if shown is value:
            return text
        return dumped(shown) if isinstance(text, bytes) else dumped(shown).decode()


def _kept(before: Any, after: Any) -> Any:
    """Return the collection as it was, if each of its parts is."""
    parts = before if isinstance(before, dict) else range(len(before))
    return before if all(after[part] is before[part] for part in parts) else after
