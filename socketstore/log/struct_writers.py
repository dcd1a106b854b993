"""How the structs of one class are written: those of texts and numbers at once, any other is read back and compared."""

from __future__ import annotations

from functools import partial
from importlib import import_module
from keyword import iskeyword
from math import isfinite
from types import NoneType, UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

from pydantic_core import to_json

from socketstore.actions import struct_from_json, struct_to_json, why_not_kept
from socketstore.errors import DecodeError, EncodeError
from socketstore.log.faithful import Form
from socketstore.log.quick_writers import QuickWriter, quick_struct_writer
from socketstore.log.redaction import Redaction
from socketstore.log.rules import Rule
from socketstore.log.schemas import Findings

RULES: dict[Any, Rule] = {str: {str: None}, int: {int: None}, float: {float: isfinite}, bool: {bool: None}}


def struct_writer(kind: type[Any], redaction: Redaction | None, closely: QuickWriter) -> QuickWriter:
    """Return what writes the structs of a class; those that may need a closer look it hands on to `closely`."""
    if why_not_kept(kind) is not None:
        return closely
    form = struct_form_of(kind)
    if form is not None:
        return quick_struct_writer(import_module("msgspec").json.Encoder().encode, form, redaction, closely)
    if redaction is not None:  # it is not known in which of its fields a secret could hide
        return closely
    return partial(_read_back, closely)


def struct_form_of(kind: Any) -> Form | None:
    """Return how the structs of a class are known to come back equal; ``None`` if that has to be tried."""
    config, names = kind.__struct_config__, kind.__struct_fields__
    if hasattr(kind, "__post_init__") or config.tag_field != "type" or not config.eq or any(map(iskeyword, names)):
        return None
    try:
        hints = get_type_hints(kind, include_extras=True)  # with constraints a type is another one
        rules = {name: _rule(hints[name]) for name in names}
    except Exception:  # noqa: BLE001 - what an annotation of the program's own leads to, when it is read or hashed
        return None
    known = {name: rule for name, rule in rules.items() if rule is not None}
    integers = any(int in rule for rule in known.values())
    findings = Findings(set(kind.__struct_encode_fields__), integers=integers)
    return Form(known, findings) if len(known) == len(rules) else None


def _rule(hint: Any) -> Rule | None:
    if get_origin(hint) not in (Union, UnionType):
        return RULES.get(hint)
    others = [part for part in get_args(hint) if part is not NoneType]
    rule = RULES.get(others[0]) if len(others) == 1 else None
    return None if rule is None else {**rule, NoneType: None}


def _read_back(closely: QuickWriter, sequence: int, at: float, action: Any) -> bytes:
    content = _faithful(action)
    if content is None:
        return closely(sequence, at, action)
    return b'{"kind":"action","sequence":%d,"at":%s,"action":%s}\n' % (sequence, to_json(at), content)


def _faithful(action: Any) -> bytes | None:
    """Return the JSON of a struct if it comes back equal."""
    try:
        content = struct_to_json(action)
        return content if struct_from_json(type(action), content) == action else None
    except (EncodeError, DecodeError, RecursionError):
        return None
