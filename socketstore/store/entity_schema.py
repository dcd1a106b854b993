"""How a collection stands in pydantic's world: an array of its rows, in order."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, ForwardRef, TypeVar, get_args, get_origin

from pydantic import GetCoreSchemaHandler, TypeAdapter, ValidationError
from pydantic_core import CoreSchema, SchemaSerializer, core_schema
from typing_extensions import evaluate_forward_ref, get_original_bases

from socketstore.codec import short
from socketstore.errors import UsageError


@dataclass(frozen=True, slots=True)
class Validating:
    """Makes a collection of rows that are valid, one by one, already.

    Attributes:
        kind: the class of the collection.
        id_of: reads the id of a row.
        ids: what a list of ids has to be.
    """

    kind: Callable[[list[Any]], Mapping[Any, Any]]
    id_of: Callable[[Any], Any]
    ids: TypeAdapter[Any]

    def or_instance(self, value: Any, validate_rows: Callable[[Any], list[Any]]) -> Any:
        """Return a collection as it is, and make one of anything else."""
        return value if isinstance(value, self.kind) else self.build(validate_rows(value))  # type: ignore[arg-type]

    def build(self, rows: list[Any]) -> Mapping[Any, Any]:
        """Make the collection; what is wrong with an id becomes one of pydantic's findings."""
        try:
            made = self.kind(rows)
        except UsageError as error:
            raise ValueError(str(error)) from error
        if len(made) < len(rows):
            raise ValueError(self._repeated(rows))
        self._check(list(made))
        return made

    def _check(self, ids: list[Any]) -> None:
        try:
            self.ids.validate_python(ids, strict=True)
        except ValidationError as error:
            finding = error.errors(include_url=False)[0]
            message = f"got the id {short(ids[int(finding['loc'][0])])}: {finding['msg']}"
            raise ValueError(message) from error

    def _repeated(self, rows: list[Any]) -> str:
        counts = Counter(map(self.id_of, rows))
        ((again, count),) = counts.most_common(1)
        return f"got the id {short(again)} {count} times; expected each id once"


def array_schema(validating: Validating, row: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
    """Make the schema of a collection: it takes an instance as it is, or an array of rows that are valid."""
    rows = core_schema.list_schema(handler.generate_schema(row))
    return core_schema.json_or_python_schema(
        json_schema=core_schema.no_info_after_validator_function(validating.build, rows),
        python_schema=core_schema.no_info_wrap_validator_function(validating.or_instance, rows),
        serialization=core_schema.plain_serializer_function_ser_schema(_rows_of, return_schema=rows),
    )


def array_serializer() -> SchemaSerializer:
    """Make what writes a collection where nobody has declared its type."""
    writing = core_schema.plain_serializer_function_ser_schema(_rows_of, return_schema=core_schema.list_schema())
    return SchemaSerializer(core_schema.any_schema(serialization=writing))


def types_of(kind: type[Any], arguments: tuple[Any, ...], root: type[Any]) -> tuple[Any, Any]:
    """Return what a subclass of the generic class `root` has put in the place of its two parameters."""
    if kind is root:
        return arguments if len(arguments) == 2 else (Any, Any)
    known = dict(zip(getattr(kind, "__parameters__", ()), arguments, strict=False))
    for base in get_original_bases(kind):
        origin = get_origin(base) or base
        if issubclass(origin, root):
            return types_of(origin, tuple(_resolved(argument, kind, known) for argument in get_args(base)), root)
    raise AssertionError  # pragma: no cover - one of the bases of a subclass is one


def _resolved(argument: Any, owner: type[Any], known: dict[Any, Any]) -> Any:
    if isinstance(argument, ForwardRef):
        try:
            return evaluate_forward_ref(argument, owner=owner)
        except NameError:
            return argument  # pydantic may find it where the collection is used, or says what is missing
    if isinstance(argument, TypeVar):
        return known.get(argument, argument)
    parameters = _parameters_of(argument)
    return argument[tuple(known.get(parameter, parameter) for parameter in parameters)] if parameters else argument


def _parameters_of(kind: Any) -> tuple[Any, ...]:
    """Return the type variables in a class that has arguments, such as ``Row[V]``; its own are not ours to replace."""
    of_model = getattr(kind, "__pydantic_generic_metadata__", None)  # of a model, Row[V] is Row
    if of_model is not None:
        return tuple(of_model["parameters"])
    return getattr(kind, "__parameters__", ()) if get_origin(kind) is not None else ()


def _rows_of(collection: Mapping[Any, Any]) -> list[Any]:
    return list(collection.values())
