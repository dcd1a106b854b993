"""How the actions of one class are written without being read back first."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from math import isfinite
from typing import Any, TypeAlias

from pydantic_core import PydanticSerializationError, to_json

from socketstore.actions import Action
from socketstore.log.faithful import SHORT, Form, Rule, fits
from socketstore.log.redaction import Redaction

QuickWriter: TypeAlias = Callable[[int, float, Any], bytes]
"""Makes a line of a number, a time and an action; one that has to be looked at more closely it hands on to another."""

SOURCE = """
def write(sequence, at, action):
    {first}
    try:
        content = serialize(action) if {conditions} else None
    except CANNOT:
        content = None
    if content is None or {looks_closer}:
        return closely(sequence, at, action)
    return FRAME % (sequence, to_json(at), content)
"""

Spell: TypeAlias = Callable[[str], str]
"""How a function reads the field of a name."""

CANNOT = (KeyError, AttributeError, PydanticSerializationError, ValueError)
"""A field is missing, or has half of a surrogate pair in it, for instance."""


def quick_writer(kind: type[Action], form: Form, redaction: Redaction | None, closely: QuickWriter) -> QuickWriter:
    """Return what writes the actions of a faithful class: a function made for it, which takes half of the time."""
    serialize, frame = kind.__pydantic_serializer__.to_json, _frame(kind.__action_version__)
    first = f"values = action.__dict__; complete = len(values) == {len(form.rules)}"
    given = {"serialize": serialize, "FRAME": frame, "closely": closely}
    return _made(form, redaction, first, lambda name: f"values[{name!r}]", given)


def quick_struct_writer(
    encode: Callable[[Any], bytes], form: Form, redaction: Redaction | None, closely: QuickWriter
) -> QuickWriter:
    """Return what writes the structs of a faithful class, which `encode` makes JSON of."""
    given = {"serialize": encode, "FRAME": _frame(1), "closely": closely}
    return _made(form, redaction, "complete = True", lambda name: f"action.{name}", given)


def _made(form: Form, redaction: Redaction | None, first: str, spell: Spell, given: Mapping[str, Any]) -> QuickWriter:
    names: dict[str, Any] = {
        **given,
        "to_json": to_json,
        "CANNOT": CANNOT,
        "suspects": None if redaction is None else redaction.suspects,
        "isfinite": isfinite,
    }
    conditions = ["complete", *(_condition(spell(name), rule, names) for name, rule in form.rules.items())]
    closer = _looks_closer(form, redaction, spell)
    source = SOURCE.format(first=first, conditions=" and ".join(conditions), looks_closer=closer)
    exec(source, names)  # noqa: S102 - the names of fields are all that is put in, as dataclasses itself does
    write: QuickWriter = names["write"]
    return write


def _condition(value: str, rule: Rule, names: dict[str, Any]) -> str:
    """Return the expression that is true of a value that comes back equal; what it needs is put under `names`."""
    number = len(names)
    if rule == {float: isfinite}:
        return f"type({value}) is float and isfinite({value})"
    if isinstance(words := getattr(rule.get(str), "__self__", None), frozenset) and len(rule) == 1:
        names[f"words_{number}"] = words
        return f"(type({value}) is str and {value} in words_{number})"
    if any(check is not None for check in rule.values()):
        names[f"fits_{number}"] = partial(fits, rule)
        return f"fits_{number}({value})"
    if len(rule) == 1:
        (names[f"Type_{number}"],) = rule
        return f"type({value}) is Type_{number}"
    names[f"types_{number}"] = frozenset(rule)
    return f"type({value}) in types_{number}"


def _looks_closer(form: Form, redaction: Redaction | None, spell: Spell) -> str:
    """Return the expression that is true if the JSON of a faithful action may not be written as it is."""
    too_long = f"len(content) > {SHORT}" if form.findings.integers else "False"
    if redaction is None:
        return too_long
    if form.findings.packed:  # in base64 nothing can be seen
        return "True"
    if form.findings.hidden or any(map(redaction.suspects_name, form.findings.names)):
        return f"{too_long} or suspects(content)"
    # Elsewhere a secret could only stand in a text, as name=value or name: value.
    suspicious = " or ".join(
        f"(text := {spell(name)}) is not None and ('=' in text or ':' in text)" for name in form.texts
    )
    return f"{too_long} or (({suspicious or False}) and suspects(content))"


def _frame(version: int) -> bytes:
    beside = b"" if version == 1 else b'"version":%d,' % version
    return b'{"kind":"action","sequence":%d,"at":%s,' + beside + b'"action":%s}\n'
