"""The classes that the actions of a log are read as: those of `Action` by themselves, structs if they are named."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Annotated, Any, NamedTuple

from pydantic import GetCoreSchemaHandler, GetPydanticSchema
from pydantic_core import CoreSchema, core_schema

from socketstore.actions import Action, known, known_structs, struct_from_fields, structs_by_tag
from socketstore.codec import TaggedUnion, tags_of, union_of
from socketstore.errors import DecodeError, UsageError
from socketstore.structs import is_struct_class, tag_of


class ActionClasses(NamedTuple):
    """The classes that are known, by their tags."""

    models: TaggedUnion[Action]
    structs: Mapping[str, type[Any]]

    @property
    def all(self) -> tuple[type[Any], ...]:
        """Those that can be read, of both sorts."""
        return (*self.models.classes.values(), *self.structs.values())


def action_classes(named: Iterable[type[Any]]) -> ActionClasses:
    """Return the classes that are known now; where several have a tag, those that are named count.

    Raises:
        UsageError: two of those have the same tag, or a log cannot hold actions of one.
    """
    named = tuple(named)
    models, structs = _named(named)
    for kind in known_structs():
        if not _has_a_tag_of(models, kind):
            structs.setdefault(str(tag_of(kind)), kind)
    return ActionClasses(
        TaggedUnion((kind for kind in known(Action) if structs.keys().isdisjoint(tags_of(kind))), models), structs
    )


def check_named(named: Iterable[type[Any]]) -> tuple[type[Any], ...]:
    """Return the classes that ``open_log(actions=)`` was given.

    Raises:
        UsageError: as `action_classes`.
    """
    named = tuple(named)
    _named(named)
    return named


def _named(named: tuple[type[Any], ...]) -> tuple[list[type[Action]], dict[str, type[Any]]]:
    models = [kind for kind in named if isinstance(kind, type) and issubclass(kind, Action)]
    structs = structs_by_tag(kind for kind in named if kind not in models)
    for tag, kind in structs.items():
        if _has_a_tag_of(models, kind):
            message = f"got the tag {tag!r} of both an Action and {kind!r}; name one of them, or give it another tag"
            raise UsageError(message)
    return models, structs


def _has_a_tag_of(models: Iterable[type[Action]], struct: type[Any]) -> bool:
    return any(tag_of(struct) in tags_of(model) for model in models)


def union_of_actions(classes: tuple[type[Any], ...]) -> Any:
    """Return the union of classes of both sorts with different tags, as pydantic understands it."""
    if not any(map(is_struct_class, classes)):
        return union_of(classes)

    def schema(_: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        choices = {tag: _schema_of(kind, handler) for kind in classes for tag in _tags(kind)}
        return core_schema.tagged_union_schema(choices, "type")

    return Annotated[Any, GetPydanticSchema(schema)]


def _tags(kind: Any) -> tuple[str, ...]:
    return (str(tag_of(kind)),) if is_struct_class(kind) else tags_of(kind)


def _schema_of(kind: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
    if not is_struct_class(kind):
        return handler.generate_schema(kind)

    def read(fields: Any) -> Any:
        try:
            return struct_from_fields(kind, fields)
        except DecodeError as error:
            raise ValueError(str(error)) from error

    return core_schema.no_info_plain_validator_function(read)
