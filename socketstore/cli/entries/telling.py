"""What a line says of an entry: a name, a colour, and words for the rest."""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

from pydantic import ValidationError

from socketstore.actions import Action, known
from socketstore.cli.describing import TELLERS, style_of, words_of
from socketstore.cli.entries.raw import RawEntry
from socketstore.cli.words import brief, of_bytes, printable, quoted
from socketstore.codec import tags_of

STYLES = {
    "failed": "red",
    "error": "red",
    "opened": "green",
    "closed": "magenta",
    "frameIn": "cyan",
    "frameOut": "blue",
    "snapshot": "yellow",
    "note": "yellow",
}
STAMP = ("type", "connection", "at", "epoch")
ENTRY_STAMP = ("kind", "sequence", "at", "connection", "epoch")


def name_of_entry(entry: RawEntry) -> str:
    """Return the tag of an action, or the kind of any other entry."""
    return entry.type or entry.kind


def style_of_entry(entry: RawEntry) -> str:
    """Return its colour."""
    if entry.kind != "action":
        return STYLES.get(entry.kind, "blue")
    action = _said_by_a_connection(entry)
    return "blue" if action is None else style_of(action)


def words_of_entry(entry: RawEntry) -> str:
    """Say on one line what an entry holds besides its kind, number and time."""
    if entry.type is not None:
        return _words_of_action(entry)
    words = TELLERS_OF_KINDS.get(entry.kind, _other_words)(entry.fields)
    connection = entry.fields.get("connection", "default")
    return words if connection == "default" else f"{words} ({printable(str(connection))})"


def _words_of_action(entry: RawEntry) -> str:
    action = _said_by_a_connection(entry)
    if action is not None:
        return words_of(action)
    fields = entry.fields.get("action")
    return _named(fields, STAMP) if isinstance(fields, Mapping) else _other_words(entry.fields)


def _said_by_a_connection(entry: RawEntry) -> Action | None:
    """Return the action if it is one of socketstore's own, whose classes are always there."""
    model = _own_classes().get(entry.type or "")
    try:
        return None if model is None else model.model_validate(entry.fields["action"])
    except ValidationError:  # somebody else's class of that name
        return None


@cache
def _own_classes() -> dict[str, type[Action]]:
    own = (model for model in known(Action) if model in TELLERS or model.__module__.startswith("socketstore.actions."))
    return {tag: model for model in own for tag in tags_of(model)}


def _named(fields: Mapping[str, Any], left_out: tuple[str, ...]) -> str:
    return " ".join(f"{printable(name)}={brief(value)}" for name, value in fields.items() if name not in left_out)


def _other_words(fields: Mapping[str, Any]) -> str:
    return _named(fields, ENTRY_STAMP)


def _frame(fields: Mapping[str, Any]) -> str:
    match fields:
        case {"text": str(text)}:
            return quoted(text)
        case {"base64": str(text)}:
            return of_bytes(_bytes(text))
    return _other_words(fields)


def _bytes(text: str) -> bytes:
    try:
        return base64.b64decode(text)
    except ValueError:
        return text.encode()


def _opened(fields: Mapping[str, Any]) -> str:
    subprotocol = fields.get("subprotocol")
    return printable(str(fields.get("url", ""))) + (f", subprotocol {quoted(str(subprotocol))}" if subprotocol else "")


def _closed(fields: Mapping[str, Any]) -> str:
    reason = f" {quoted(str(fields['reason']))}" if fields.get("reason") else ""
    return f"{printable(str(fields.get('code')))} {'clean' if fields.get('clean', True) else 'not clean'}{reason}"


def _error(fields: Mapping[str, Any]) -> str:
    return f"{printable(str(fields.get('error')))}: {printable(str(fields.get('message')))}"


def _failed(fields: Mapping[str, Any]) -> str:
    return f"the reducer raised on entry {printable(str(fields.get('of')))}: {printable(str(fields.get('error')))}"


def _snapshot(fields: Mapping[str, Any]) -> str:
    digest = f"digest {printable(str(fields['digest']))[:12]}" if fields.get("digest") else ""
    state = f"state {brief(fields['state'])}" if "state" in fields else ""
    return ", ".join(filter(None, [digest, state]))


def _note(fields: Mapping[str, Any]) -> str:
    data = f" {brief(fields['data'])}" if fields.get("data") is not None else ""
    return printable(str(fields.get("text"))) + data


TELLERS_OF_KINDS: dict[str, Callable[[Mapping[str, Any]], str]] = {
    "value": lambda fields: brief(fields.get("value")),
    "frameIn": _frame,
    "frameOut": _frame,
    "opened": _opened,
    "closed": _closed,
    "error": _error,
    "failed": _failed,
    "snapshot": _snapshot,
    "note": _note,
}
