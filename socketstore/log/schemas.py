"""What the schema that pydantic has made of a class tells of its values: whether they come back equal from JSON."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from enum import Enum, Flag
from functools import cached_property
from types import NoneType
from typing import Any
from uuid import UUID

from pydantic import BaseModel, TypeAdapter
from pydantic_core import TzInfo

from socketstore.actions import Action, Payload
from socketstore.log.rules import Check, Constrained, Each, Row, Rule, all_fit, any_of, are_texts, finite, is_readable

NO_OFFSET = timedelta()

PAYLOAD = TypeAdapter(Payload).core_schema
PAYLOADS: Rule = {**dict.fromkeys((str, bytes, int, float, bool, NoneType)), list: is_readable, dict: is_readable}
"""What of these would not come back, such as a list of something that JSON has not, cannot be written."""

LIMITS = {"gt", "ge", "lt", "le", "multiple_of", "allow_inf_nan"}
PATTERNS = {"min_length", "max_length", "pattern", "strip_whitespace", "to_lower", "to_upper"}

SIMPLE = {"str", "int", "float", "bool", "none", "literal"}
"""The types that a union may be of."""


class UnknownSchema(Exception):
    """There is something in a schema of which nothing is known."""


@dataclass(slots=True)
class Findings:
    """What a schema has in it.

    Attributes:
        names: of fields, as they stand in JSON, and words that may stand before a value in a list, as names do.
        integers: whether there are any.
        packed: whether there are bytes, which stand there as base64.
        hidden: whether text may stand elsewhere than in a field that holds nothing else.
    """

    names: set[str] = field(default_factory=set)
    integers: bool = False
    packed: bool = False
    hidden: bool = False


_ACTION: Any = Action.__pydantic_core_schema__
ACTION_CONFIG = {name: value for name, value in _ACTION["config"].items() if name != "title"}
DESCRIPTION = {"type", "metadata", "ref", "strict"}
"""Keys of a schema that change no value."""

ABOUT_MODELS = {*DESCRIPTION, "cls", "config", "custom_init", "root_model", "schema", "frozen"}
ABOUT_FIELDS = {*DESCRIPTION, "schema", "frozen", "validation_alias", "serialization_alias"}
ABOUT_DEFAULTS = {*DESCRIPTION, "schema", "default", "default_factory", "default_factory_takes_data", "copy_default"}


class SchemaReader:
    """Reads the schema of a class.

    Args:
        definitions: what the schema refers to.

    Attributes:
        findings: what it has come across.
    """

    def __init__(self, definitions: Mapping[str, Any]) -> None:
        self.findings = Findings()
        self._definitions = definitions
        self._inside: list[object] = []

    def model(self, schema: Any) -> Mapping[str, Rule]:
        """Return the rule for each field of a model.

        Raises:
            UnknownSchema: there is something in it of which nothing is known.
        """
        kind = schema.get("cls")
        _expect(schema, ABOUT_MODELS, "model")
        if schema.get("custom_init") or schema.get("root_model") or kind in self._inside or not _is_plain(kind):
            raise UnknownSchema
        config = {name: value for name, value in schema.get("config", {}).items() if name != "title"}
        if config not in (ACTION_CONFIG, {}):
            raise UnknownSchema
        fields = schema["schema"]
        _expect(fields, {"type", "fields", "model_name", "computed_fields"}, "model-fields")
        if fields.get("computed_fields"):
            raise UnknownSchema
        self._inside.append(kind)
        aliases = _names(fields["fields"], may_differ=bool(config))
        self.findings.names |= aliases
        self.findings.hidden |= any(map(may_hide, aliases))
        rules = {name: self._field(each, own=bool(config)) for name, each in fields["fields"].items()}
        self._inside.pop()
        return rules

    def _field(self, schema: Any, *, own: bool) -> Rule:
        _expect(schema, ABOUT_FIELDS, "model-field")
        return self._rule(schema["schema"], own=own)

    def _rule(self, schema: Any, *, own: bool) -> Rule:
        """Return the rule for a schema; `own`: in a model that writes bytes and infinities as an `Action` does."""
        if schema == PAYLOAD:
            self.findings.integers = self.findings.hidden = True
            return PAYLOADS
        reader = getattr(self, f"_{schema['type'].replace('-', '_')}", None)
        if reader is None:
            raise UnknownSchema
        rule: Rule = reader(schema, own=own)
        return rule

    def _default(self, schema: Any, *, own: bool) -> Rule:
        _expect(schema, ABOUT_DEFAULTS)
        return self._rule(schema["schema"], own=own)

    def _nullable(self, schema: Any, *, own: bool) -> Rule:
        _expect(schema, {*DESCRIPTION, "schema"})
        return {**self._rule(schema["schema"], own=own), NoneType: None}

    def _definition_ref(self, schema: Any, *, own: bool) -> Rule:
        _expect(schema, {*DESCRIPTION, "schema_ref"})
        ref = schema["schema_ref"]
        if ref in self._inside:
            raise UnknownSchema
        self._inside.append(ref)
        rule = self._rule(self._definitions[ref], own=own)
        self._inside.pop()
        return rule

    def _model(self, schema: Any, *, own: bool) -> Rule:  # noqa: ARG002 - has a configuration of its own
        rules = self.model(schema)
        self.findings.hidden |= any(map(may_be_any_text, rules.values()))
        return {schema["cls"]: lambda value: all_fit(rules, value.__dict__)}

    def _union(self, schema: Any, *, own: bool) -> Rule:
        _expect(schema, {*DESCRIPTION, "choices"})
        if any(type(choice) is tuple or choice["type"] not in SIMPLE for choice in schema["choices"]):
            raise UnknownSchema
        rule = any_of([self._rule(choice, own=own) for choice in schema["choices"]])
        if rule is None:
            raise UnknownSchema
        return rule

    def _str(self, schema: Any, *, own: bool) -> Rule:  # noqa: ARG002
        _expect(schema, DESCRIPTION | PATTERNS)
        return {str: _limited(schema, PATTERNS)}

    def _bool(self, schema: Any, *, own: bool) -> Rule:  # noqa: ARG002
        _expect(schema, DESCRIPTION)
        return {bool: None}

    def _none(self, schema: Any, *, own: bool) -> Rule:  # noqa: ARG002
        _expect(schema, DESCRIPTION)
        return {NoneType: None}

    def _int(self, schema: Any, *, own: bool) -> Rule:  # noqa: ARG002
        _expect(schema, DESCRIPTION | LIMITS)
        self.findings.integers = True
        return {int: _limited(schema, LIMITS)}

    def _float(self, schema: Any, *, own: bool) -> Rule:
        _expect(schema, DESCRIPTION | LIMITS)
        limited = _limited(schema, LIMITS)
        if limited is not None and not own:
            raise UnknownSchema
        return {float: limited if own and not schema.get("strict") else finite(limited)}

    def _bytes(self, schema: Any, *, own: bool) -> Rule:
        _expect(schema, DESCRIPTION)
        if not own:
            raise UnknownSchema
        self.findings.packed = True
        return {bytes: None}

    def _decimal(self, schema: Any, *, own: bool) -> Rule:  # noqa: ARG002
        _expect(schema, DESCRIPTION)
        return {Decimal: Decimal.is_finite}

    def _uuid(self, schema: Any, *, own: bool) -> Rule:  # noqa: ARG002
        _expect(schema, DESCRIPTION)
        return {UUID: None}

    def _datetime(self, schema: Any, *, own: bool) -> Rule:  # noqa: ARG002
        _expect(schema, {*DESCRIPTION, "microseconds_precision"})
        return {datetime: _has_simple_zone}

    def _literal(self, schema: Any, *, own: bool) -> Rule:  # noqa: ARG002
        _expect(schema, {*DESCRIPTION, "expected"})
        return {str: self._words(schema["expected"]).__contains__}

    def _enum(self, schema: Any, *, own: bool) -> Rule:  # noqa: ARG002
        _expect(schema, {*DESCRIPTION, "cls", "members", "sub_type"})
        kind = schema["cls"]
        if not issubclass(kind, Enum) or issubclass(kind, Flag):
            raise UnknownSchema
        self._words([each.value for each in kind])
        return {kind: None}

    def _words(self, words: Sequence[object]) -> frozenset[str]:
        if any(type(word) is not str for word in words):
            raise UnknownSchema
        texts = frozenset(map(str, words))
        self.findings.hidden |= any(map(may_hide, texts))
        return texts

    def _any(self, schema: Any, *, own: bool) -> Rule:  # noqa: ARG002
        _expect(schema, DESCRIPTION)
        self.findings.integers = self.findings.hidden = True
        return {str: None, bool: None, NoneType: None, int: None, float: math.isfinite}

    def _list(self, schema: Any, *, own: bool) -> Rule:
        _expect(schema, {*DESCRIPTION, "items_schema"})
        return {list: Each(self._inner(schema["items_schema"], own=own))}

    def _tuple(self, schema: Any, *, own: bool) -> Rule:
        _expect(schema, {*DESCRIPTION, "items_schema", "variadic_item_index"})
        rules = [self._inner(each, own=own) for each in schema["items_schema"]]
        if "variadic_item_index" not in schema:
            return {tuple: Row(rules)}
        if len(rules) != 1:
            raise UnknownSchema
        return {tuple: Each(rules[0])}

    def _dict(self, schema: Any, *, own: bool) -> Rule:
        _expect(schema, {*DESCRIPTION, "keys_schema", "values_schema"})
        if self._inner(schema["keys_schema"], own=own) != {str: None}:
            raise UnknownSchema
        each = Each(self._inner(schema["values_schema"], own=own))
        return {dict: lambda items: are_texts(items) and each(items.values())}

    def _inner(self, schema: Any, *, own: bool) -> Rule:
        rule = self._rule(schema, own=own)
        self.findings.hidden |= may_be_any_text(rule)
        self.findings.names |= _words_of(rule)
        return rule


def _limited(schema: Any, limits: set[str]) -> Check | None:
    return None if limits.isdisjoint(schema) else Constrained(schema)


def may_be_any_text(rule: Rule) -> bool:
    """Tell whether a text of a program's user may stand there, and not only one of some words."""
    return str in rule and (rule[str] is None or isinstance(rule[str], Constrained))


def may_hide(text: str) -> bool:
    """Tell whether a secret may stand in a text behind its name: as name=value, name: value, or ["name", "value"]."""
    return "=" in text or ":" in text or "[" in text


def _words_of(rule: Rule) -> frozenset[str]:
    """Return the words that may stand there, of those that a class knows."""
    words: frozenset[str] = getattr(rule.get(str), "__self__", frozenset())
    return words.union(*([each.value for each in kind] for kind in rule if issubclass(kind, Enum)))


def _has_simple_zone(value: datetime) -> bool:
    """Tell whether a time has no zone or one that is written as a whole: of one with seconds these are left out."""
    zone = value.tzinfo
    return (
        zone is None or zone is UTC or (type(zone) is TzInfo and not (zone.utcoffset(None) or NO_OFFSET).seconds % 60)
    )


def _expect(schema: Mapping[str, Any], keys: Any, kind: str | None = None) -> None:
    if not schema.keys() <= set(keys) or (kind is not None and schema["type"] != kind):
        raise UnknownSchema


def _is_plain(kind: type[BaseModel]) -> bool:
    """Tell whether a model has nothing beside its fields, and is equal by them."""
    if kind.__eq__ is not BaseModel.__eq__ or kind.__private_attributes__ or kind.model_config.get("extra") == "allow":
        return False
    return not any(isinstance(value, cached_property) for base in kind.__mro__ for value in vars(base).values())


def _names(fields: Mapping[str, Any], *, may_differ: bool) -> set[str]:
    """Return the names that fields have in JSON, if each is read by the name by which it is written."""
    names = set(fields)
    for name, each in fields.items():
        alias = each.get("serialization_alias", name)
        if alias != each.get("validation_alias", name) or (alias != name and (not may_differ or alias in names)):
            raise UnknownSchema
        names.add(alias)
    return names
