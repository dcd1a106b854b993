"""How the actions of one class are written without being read back first."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from types import NoneType
from typing import Any, TypeAlias

from pydantic_core import PydanticSerializationError, to_json

from socketstore.actions import Action
from socketstore.log.faithful import SHORT, Form
from socketstore.log.redaction import Redaction
from socketstore.log.rules import Check, Each, Row, Rule, fits

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
    }
    conditions = ["complete", *(_condition(spell(name), rule, names) for name, rule in form.rules.items())]
    closer = _looks_closer(form, redaction, spell)
    source = SOURCE.format(first=first, conditions=" and ".join(conditions), looks_closer=closer)
    exec(source, names)  # noqa: S102 - the names of fields are all that is put in, as dataclasses itself does
    write: QuickWriter = names["write"]
    return write


def _condition(value: str, rule: Rule, names: dict[str, Any]) -> str:
    """Return the expression that is true of a value that comes back equal; what it needs is put under `names`."""
    if NoneType in rule and len(rule) > 1:
        given = {kind: check for kind, check in rule.items() if kind is not NoneType}
        return f"({value} is None or {_condition(value, given, names)})"
    if len(rule) == 1:
        ((kind, check),) = rule.items()
        is_of_kind = f"type({value}) is {_given(kind, names)}"
        return is_of_kind if check is None else f"({is_of_kind} and {_checked(value, check, names)})"
    if any(check is not None for check in rule.values()):
        return f"{_given(partial(fits, rule), names)}({value})"
    return f"type({value}) in {_given(frozenset(rule), names)}"


def _checked(value: str, check: Check, names: dict[str, Any]) -> str:
    """Return the expression that is true of a value which passes a check; calls are left out where they can be."""
    match check:
        case Row(rules):
            items = (_condition(f"{value}[{place}]", rule, names) for place, rule in enumerate(rules))
            return " and ".join([f"len({value}) == {len(rules)}", *items])
        case Each(rule) if any(check is not None for check in rule.values()):
            item = f"item_{len(names)}"
            return f"all([{_condition(item, rule, names)} for {item} in {value}])"
        case Each(rule):
            return f"{_given(frozenset(rule), names)}.issuperset(map(type, {value}))"
    words = getattr(check, "__self__", None)
    if isinstance(words, frozenset):
        return f"{value} in {_given(words, names)}"
    return f"{_given(check, names)}({value})"


def _given(thing: object, names: dict[str, Any]) -> str:
    """Put something under a name of its own, and return the name."""
    name = f"given_{len(names)}"
    names[name] = thing
    return name


def _looks_closer(form: Form, redaction: Redaction | None, spell: Spell) -> str:
    """Return the expression that is true if the JSON of a faithful action may not be written as it is."""
    too_long = f"len(content) > {SHORT}" if form.findings.integers else "False"
    if redaction is None:
        return too_long
    if form.findings.packed or "base64" in form.findings.names:  # in base64 nothing can be seen
        return "True"
    if form.findings.hidden or any(map(redaction.suspects_name, form.findings.names)):
        return f"{too_long} or suspects(content)"
    # Elsewhere a secret could only stand in a text, behind its name; see `may_hide`, which this is.
    suspicious = " or ".join(
        f"type(text := {spell(name)}) is str and ('=' in text or ':' in text or '[' in text)" for name in form.texts
    )
    return f"{too_long} or (({suspicious or False}) and suspects(content))"


def _frame(version: int) -> bytes:
    beside = b"" if version == 1 else b'"version":%d,' % version
    return b'{"kind":"action","sequence":%d,"at":%s,' + beside + b'"action":%s}\n'
