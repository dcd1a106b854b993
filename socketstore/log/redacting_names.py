"""Secrets that are told by their name."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterable

from socketstore.log.redaction import USUAL, Masks, quoted
from socketstore.log.secret_names import secret_names, traces
from socketstore.sockets.masking import mask_pairs_in_text

ESCAPED = b"\\u00"
"""``"to\\u006ben"``: a name may hide behind it."""

PACKED = b'"base64":'

TAG = '"type"'
"""By its value a class is found: it stays as it is."""

DEEPEST = 8
"""Texts in texts in texts; beyond that nobody looks."""

_STRING = re.compile(r'"(?:[^"\\]|\\.)*+"')
_COLON = re.compile(r"\s*:\s*")
_COLLECTION = re.compile(r"[{\[]")
_decode = json.JSONDecoder(strict=False).raw_decode


class ByName:
    """Replaces the values of names that stand for secrets: in JSON, in JSON inside texts, and in ``name=value``.

    What is no secret stays as it was, byte for byte. See `Redaction`.

    Args:
        names: the names.

    Raises:
        UsageError: they are not names.
    """

    takes_masks = True

    def __init__(self, names: Iterable[str]) -> None:
        names = tuple(names)
        self._is_secret = secret_names(names)
        self._traces = (*traces(names), ESCAPED)

    def suspects(self, written: bytes) -> bool:
        """Look for the names, wherever they stand."""
        lowered = written.lower()
        for trace in self._traces:  # any() would take twice as long, for each entry
            if trace in lowered:
                return True
        return PACKED in written

    def suspects_name(self, name: str) -> bool:
        """Look at one name."""
        return self._is_secret(name)

    def json(self, kind: str, written: bytes, masks: Masks = USUAL) -> bytes:  # noqa: ARG002 - a name is one everywhere
        """Replace what must not be shown in JSON."""
        return self._in_json(written.decode(), masks, 0).encode()

    def message(self, kind: str, data: str | bytes) -> str | bytes:  # noqa: ARG002
        """Replace what must not be shown in a message, if it is text."""
        return self._data(data) if isinstance(data, bytes) else self._text(data)

    def _text(self, text: str) -> str:
        return self._in_text(text, 0) if self.suspects(text.encode("utf-8", "replace")) else text

    def _data(self, data: bytes) -> bytes:
        if not self.suspects(data):
            return data
        try:
            return self._in_text(data.decode(), 0).encode()
        except UnicodeDecodeError:
            return data

    def _in_text(self, text: str, depth: int) -> str:
        """Redact a text in which JSON may stand: the whole, lines of it, or behind a number as Socket.IO has it."""
        shown, place = [], 0
        while depth < DEEPEST and (begin := _COLLECTION.search(text, place)):
            try:
                _, end = _decode(text, begin.start())
            except (ValueError, RecursionError):
                break
            shown.append(mask_pairs_in_text(text[place : begin.start()], self._is_secret))
            shown.append(self._in_json(text[begin.start() : end], USUAL, depth))
            place = end
        return "".join((*shown, mask_pairs_in_text(text[place:], self._is_secret)))

    def _in_json(self, text: str, masks: Masks, depth: int) -> str:
        shown: list[str] = []
        place = 0
        while found := _STRING.search(text, place):
            colon = _COLON.match(text, found.end())
            if colon is None:
                end, new = found.end(), self._shown(found[0], depth)
            else:
                end, new = self._value(text, found[0], colon.end(), masks)
                new = text[found.start() : colon.end()] + new
            shown += (text[place : found.start()], new)
            place = end
        return "".join((*shown, text[place:]))

    def _value(self, text: str, key: str, begin: int, masks: Masks) -> tuple[int, str]:
        """Return where we are behind a key, and what is shown up to there: its value, or nothing yet."""
        if self._is_secret(json.loads(key, strict=False)):
            value, end = _decode(text, begin)
            return end, quoted(masks.of(value))
        string = _STRING.match(text, begin) if key in (TAG, PACKED.decode()[:-1]) else None
        if string is None:
            return begin, ""
        return string.end(), string[0] if key == TAG else self._unpacked(string[0])

    def _shown(self, string: str, depth: int) -> str:
        """Return what may be shown of a string of JSON, in its quotes."""
        text = json.loads(string, strict=False)
        shown = self._in_text(text, depth + 1)
        return string if shown == text else quoted(shown)

    def _unpacked(self, string: str) -> str:
        try:
            data = base64.b64decode(string[1:-1], validate=True)
        except ValueError:
            return string
        shown = self._data(data)
        return string if shown == data else f'"{base64.b64encode(shown).decode()}"'
