"""Secrets that are told by their name."""

from __future__ import annotations

import base64
import json
import re
import sys
from collections.abc import Iterable, Iterator
from typing import Any

from socketstore.log.redaction import USUAL, Masks, quoted
from socketstore.log.secret_names import secret_names, traces
from socketstore.sockets.masking import MASK, secret_pair

ESCAPED = ("\\u00", "%")
"""``"to\\u006ben"``, ``to%6Ben=``: a name may hide behind these."""

PACKED = '"base64"'

PACKED_TRACES = ('base64"', "base64\\")
"""The end of that name, in JSON, and in JSON inside a text of JSON."""

TAG = '"type"'
"""By its value a class is found: it stays as it is."""

KEPT = frozenset({"state", "digest", "jumped", "of", "connection", "epoch", "code", "clean"})
"""Keys of the log itself, without whose values an entry says nothing, or something else."""

DEEPEST = 8
"""Texts in texts in texts; beyond that nobody looks for JSON."""

ATTEMPTS = 32
"""Brackets in a text with which no JSON begins; behind those nobody looks for it, as each may cost a look at all."""

SUFFIX = 80
"""Characters of a name that may look like JSON: ``token[0]=``."""

NO_PIECE = (sys.maxsize - SUFFIX, sys.maxsize)

_MOMENT = re.compile(r"[-+]?\d{4,}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[-+]\d\d:\d\d)?", re.ASCII)
"""A time as actions have it, in which ``02T03:`` is no name."""

_STRING = re.compile(r'"(?:[^"\\]|\\.)*+"')
_COLON = re.compile(r"\s*:\s*")
_BEHIND_NAME = re.compile(rf"(\s*,\s*)({_STRING.pattern})(?=\s*\])")
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
        self._traces = (*traces(names), *ESCAPED, *PACKED_TRACES)

    def suspects(self, written: str | bytes) -> bool:
        """Look for the names, wherever they stand."""
        # In a str, Python looks for a short text in a quarter of the time that it takes in bytes; latin-1 keeps A to Z.
        lowered = (written if isinstance(written, str) else written.decode("latin-1")).lower()
        for trace in self._traces:  # noqa: SIM110 - any() would take twice as long, for each entry
            if trace in lowered:
                return True
        return False

    def suspects_name(self, name: str) -> bool:
        """Look at one name."""
        return self._is_secret(name)

    def json(self, kind: str, written: bytes, masks: Masks = USUAL) -> bytes:
        """Replace what must not be shown in JSON."""
        if kind in ("action", "value"):
            return self._in_json(written.decode(), masks, 0).encode()
        fields = [self._field(key, value, masks) for key, value in json.loads(written).items()]
        return f"{{{','.join(fields)}}}".encode()

    def message(self, kind: str, data: str | bytes) -> str | bytes:  # noqa: ARG002
        """Replace what must not be shown in a message, if it is text."""
        if not self.suspects(data):
            return data
        return self._data(data) if isinstance(data, bytes) else self._in_text(data, 0)

    def _field(self, key: str, value: Any, masks: Masks) -> str:
        """Return a field of an entry, in which the log's own keys count only where they hold a text or a note."""
        shown = quoted(masks.of(value)) if key not in KEPT and self._is_secret(key) else quoted(value)
        return f"{quoted(key)}:{self._in_json(shown, masks, 0)}"

    def _data(self, data: bytes) -> bytes:
        return self._in_text(data.decode("utf-8", "surrogateescape"), 0).encode("utf-8", "surrogateescape")

    def _in_text(self, text: str, depth: int) -> str:
        """Redact a text in which JSON may stand: the whole, lines of it, or behind a number as Socket.IO has it."""
        shown: list[str] = []
        place = 0
        pieces = _pieces_of_json(text) if depth < DEEPEST else iter(())
        begin, end = next(pieces, NO_PIECE)
        while True:
            pair = secret_pair(text, place, self._is_secret, begin + SUFFIX)
            if pair and pair.begin < begin:
                shown += (text[place : pair.value], MASK if pair.end > pair.value else "")
                place = pair.end
            elif begin < len(text):
                shown += (text[place:begin], self._in_json(text[begin:end], USUAL, depth))
                place = end
            else:
                return "".join((*shown, text[place:]))
            while begin < place:
                begin, end = next(pieces, NO_PIECE)

    def _in_json(self, text: str, masks: Masks, depth: int) -> str:
        shown: list[str] = []
        place = 0
        while found := _STRING.search(text, place):
            colon = _COLON.match(text, found.end())
            if colon is None and (header := self._header(text, found, place)):
                end, new = header.end(), f"{found[0]}{header[1]}{quoted(masks.of(json.loads(header[2], strict=False)))}"
            elif colon is None:
                end, new = found.end(), self._shown(found[0], depth)
            else:
                end, new = self._named(text, found[0], colon, masks, depth)
            shown += (text[place : found.start()], new)
            place = end
        return "".join((*shown, text[place:]))

    def _named(self, text: str, key: str, colon: re.Match[str], masks: Masks, depth: int) -> tuple[int, str]:
        if self._is_address(key):
            return colon.end(), self._shown(key, DEEPEST) + colon[0]
        end, new = self._value(text, key, colon.end(), masks, depth)
        return end, f"{key}{colon[0]}{new}"

    def _value(self, text: str, key: str, begin: int, masks: Masks, depth: int) -> tuple[int, str]:
        """Return where we are behind a key, and what is shown up to there: its value, or nothing yet."""
        if self._is_secret(json.loads(key, strict=False)):
            value, end = _decode(text, begin)
            return end, quoted(masks.of(value))
        string = _STRING.match(text, begin) if key in (TAG, PACKED) else None
        if string is None:
            return begin, ""
        return string.end(), string[0] if key == TAG else self._unpacked(string[0], depth)

    def _header(self, text: str, name: re.Match[str], place: int) -> re.Match[str] | None:
        """Return what stands behind a name in ``["name", "value"]``, as of headers; ``None`` if this is none."""
        behind = _BEHIND_NAME.match(text, name.end())
        if behind is None or not text[place : name.start()].rstrip().endswith("["):
            return None
        return behind if self._is_secret(json.loads(name[0], strict=False)) else None

    def _is_address(self, key: str) -> bool:
        """Tell a key in which a secret stands, as in an address, from one that names it."""
        if "=" not in key and ":" not in key:
            return False
        pair = secret_pair(json.loads(key, strict=False), 0, self._is_secret)
        return pair is not None and pair.end > pair.value

    def _shown(self, string: str, depth: int) -> str:
        """Return what may be shown of a string of JSON, in its quotes."""
        text = json.loads(string, strict=False)
        if _MOMENT.fullmatch(text):
            return string
        shown = self._in_text(text, depth + 1)
        return string if shown == text else quoted(shown)

    def _unpacked(self, string: str, depth: int) -> str:
        try:
            data = base64.b64decode(string[1:-1], validate=True)
        except ValueError:  # something else that happens to be called so
            return self._shown(string, depth)
        shown = self._data(data) if self.suspects(data) else data
        return string if shown == data else f'"{base64.b64encode(shown).decode()}"'


def _pieces_of_json(text: str) -> Iterator[tuple[int, int]]:
    """Yield where an object or an array begins and ends, one behind the other."""
    place = failed = 0
    while failed < ATTEMPTS and (begin := _COLLECTION.search(text, place)):
        try:
            _, place = _decode(text, begin.start())
        except (ValueError, RecursionError):
            failed += 1
            place = begin.end()
        else:
            yield begin.start(), place
