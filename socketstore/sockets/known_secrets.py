"""The secrets that a socket was given, so that they are known again wherever a server repeats them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any
from urllib.parse import unquote, urlsplit

from socketstore.errors import UsageError
from socketstore.sockets.headers import pairs_of
from socketstore.sockets.masking import MASK, mask_header, mask_text, mask_url

SHORTEST_KNOWN = 6
"""Characters below which a value is no secret that could be told from words."""

_PIECES = re.compile(r"[/?#&;@,\s]+")


class KnownSecrets:
    """What must not be shown of an attempt, whoever says it.

    Args:
        url: the address.
        options: those of the socket: headers and subprotocols.
    """

    def __init__(self, url: Any, options: dict[str, Any]) -> None:
        found = {*_of_url(url), *_of_headers(options.get("additional_headers"))}
        found |= {name for name in options.get("subprotocols") or () if mask_text(name) != name}
        forms = {form for secret in found for form in (secret, unquote(secret)) if len(form) >= SHORTEST_KNOWN}
        # No pattern of them all: to compile one of what a hostile client sends, a megabyte of headers, takes seconds.
        self._longest_first = sorted(forms, key=len, reverse=True)

    def __repr__(self) -> str:
        return "<known secrets>"

    def hide(self, text: str) -> str:
        """Return a text with ``***`` in the place of each of them."""
        for secret in self._longest_first:
            if len(secret) <= len(text):
                text = text.replace(secret, MASK)
        return text


def _of_url(url: Any) -> Iterable[str]:
    """Return each piece of an address, less its name, that `mask_url` would not show."""
    if not isinstance(url, str):
        return ()
    shown = mask_url(url)
    try:
        password = urlsplit(url).password
    except ValueError:
        password = None
    pieces = [piece.rpartition("=")[2] or piece for piece in _PIECES.split(url)]
    return [password or "", *(piece for piece in pieces if piece not in shown)]


def _of_headers(headers: Any) -> Iterable[str]:
    """Return the values of headers that are masked, whole and without their scheme (``Bearer ...``)."""
    try:
        pairs = [(str(name), str(value)) for name, value in pairs_of(headers)]
    except UsageError:  # which opening the socket will tell
        return []
    values = [value for name, value in pairs if mask_header(name, value) != value]
    return [*values, *(value.partition(" ")[2] for value in values)]
