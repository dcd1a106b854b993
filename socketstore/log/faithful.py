"""Which action classes come back from JSON as they went there, so that it need not be tried with each action.

That is decided by the schema that pydantic has made of a class: only what is known to be faithful counts. What is not
known (validators, serializers, computed fields, unions of classes, ...) makes a class one whose actions are tried.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from socketstore.actions import Action
from socketstore.codec import is_complete
from socketstore.log.rules import Rule
from socketstore.log.schemas import Findings, SchemaReader, UnknownSchema, may_be_any_text

SHORT = 4_000
"""Bytes of JSON in which no integer has so many digits (more than 4,300) that Python would refuse to read it."""


@dataclass(frozen=True, slots=True)
class Form:
    """How the actions of a class are known to come back equal.

    Attributes:
        rules: for each field, by its name.
        findings: what the class has in it.
    """

    rules: Mapping[str, Rule]
    findings: Findings

    @property
    def texts(self) -> tuple[str, ...]:
        """The fields that hold text, or ``None``."""
        return tuple(name for name, rule in self.rules.items() if may_be_any_text(rule))


def form_of(kind: type[Action]) -> Form | None:
    """Return how the actions of a class are known to come back equal; ``None`` if that has to be tried."""
    if not is_complete(kind) or kind.model_dump_json is not Action.model_dump_json:
        return None
    schema: Any = kind.__pydantic_core_schema__
    definitions = {}
    if schema["type"] == "definitions":
        definitions = {each["ref"]: each for each in schema["definitions"]}
        schema = schema["schema"]
    reader = SchemaReader(definitions)
    try:
        rules = reader.model(schema)
    except UnknownSchema:
        return None
    tag = kind.model_fields["type"]
    if rules["type"].get(str) is None or tag.alias is not None:  # no tag that tells the class
        return None
    return Form(rules, reader.findings)
