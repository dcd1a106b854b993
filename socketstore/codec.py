"""From JSON to tagged classes and back, with one clear error for whatever does not fit.

Pydantic does the work; this module chooses the class by its tag and puts pydantic's findings into a sentence.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import Enum
from typing import Annotated, Any, Generic, Literal, NamedTuple, TypeVar, Union, get_args, get_origin

from pydantic import (
    BaseModel,
    BeforeValidator,
    Field,
    PlainValidator,
    PydanticUndefinedAnnotation,
    ValidationError,
    WrapValidator,
)
from pydantic_core import ErrorDetails, PydanticSerializationError, from_json, to_json

from socketstore.errors import DecodeError, EncodeError, UsageError

M = TypeVar("M", bound=BaseModel)

SHOWN = 200  # characters of a value, and findings of an error, beyond which a message is no longer read
FINDINGS = 4
LISTED = 1000  # findings of an error up to which pydantic is asked for them: it gives all or none, 5 µs each
FIRST = (BeforeValidator, PlainValidator, WrapValidator)


class TaggedUnion(Generic[M]):
    """Pydantic models that say which they are in a field ``type``; reads any of them from JSON.

    Args:
        classes: the models; each has a field ``type`` whose default is its tag.
        winners: models that count where others have one of their tags as well.

    Raises:
        UsageError: there is no class.
    """

    def __init__(self, classes: Iterable[type[M]], winners: Iterable[type[M]] = ()) -> None:
        winners = tuple(winners)
        taken = {tag for model in winners for tag in tags_of(model)}
        models = (*winners, *(model for model in classes if taken.isdisjoint(tags_of(model))))
        parametrized = _parametrized(models)
        models = tuple(model for model in models if model not in parametrized)
        if not models:
            message = "got no action class; expected at least one"
            raise UsageError(message)
        self._problems = {model: problem for model in models if (problem := _problem(model))}
        usable = {model: None for model in models if model not in self._problems}
        self._rivals = _rivals(usable)
        self.classes = {tag: model for model in usable if model not in self._rivals for tag in tags_of(model)}

    @property
    def annotation(self) -> Any:
        """The union as pydantic understands it, for use as a field of another model."""
        return union_of(self.classes.values())

    def refuse_tag(self, tag: object) -> None:
        """Raise the error that explains a tag which does not name exactly one class; return if it does.

        Raises:
            DecodeError: the tag is missing, unknown, or names several classes.
        """
        for models in self._rivals.values():
            if any(tag in tags_of(model) for model in models):
                names = " and ".join(f"{model.__module__}.{model.__qualname__}" for model in models)
                message = (
                    f"got the tag {tag!r}, which {names} both have; give one of them a type of its own, or name the "
                    "one to read, as in open_log(path, actions=[...])"
                )
                raise DecodeError(message)
        for model, problem in self._problems.items():
            if tag in tags_of(model) and not (tag in self.classes and problem.is_final):
                message = f"got the tag {tag!r} of {model.__qualname__}, {problem.words}"
                raise DecodeError(message)
        if not isinstance(tag, str) or tag not in self.classes:
            got = "no tag" if tag is None else f"the unknown tag {short(tag)}"
            known = ", ".join(sorted(self.classes))
            message = (
                f'got {got}; expected "type" to be one of: {known}. Import the module that defines the class, '
                "or check its spelling."
            )
            raise DecodeError(message)


def union_of(models: Iterable[type[BaseModel]]) -> Any:
    """Return the union of models with different tags, as pydantic understands it; `Any` if there is none."""
    classes = tuple(dict.fromkeys(models))
    if len(classes) < 2:
        return classes[0] if classes else Any
    return Annotated[Union[classes], Field(discriminator="type")]  # noqa: UP007 - built at run time


def is_complete(model: type[BaseModel]) -> bool:
    """Tell whether every type that a model's fields name is defined by now, and pydantic can use it."""
    try:
        return model.__pydantic_complete__ or bool(model.model_rebuild(raise_errors=False))
    except Exception:  # noqa: BLE001 - what a type of the program's own raises: others must not suffer for it
        return False


class _Problem(NamedTuple):
    """Why a model cannot be read: in words, and whether that will never change."""

    words: str
    is_final: bool = False


def _problem(model: type[BaseModel]) -> _Problem | None:
    if _hides_its_tag(model):
        return _Problem("whose field type has a validator that runs before it is read; take that validator away")
    if is_complete(model):
        return None
    try:
        model.model_rebuild()
    except PydanticUndefinedAnnotation:
        return _Problem("one of whose fields has a type that is not defined; define it")
    except Exception as error:  # noqa: BLE001 - as in `is_complete`
        words = f"which pydantic cannot build: {type(error).__name__}: {error}. Mend its fields"
        return _Problem(words, is_final=True)
    return None


def _hides_its_tag(model: type[BaseModel]) -> bool:
    """Tell whether a validator may change the tag before it is read, so that pydantic cannot choose by it."""
    decorated = model.__pydantic_decorators__.field_validators.values()
    if any("type" in each.info.fields and each.info.mode != "after" for each in decorated):
        return True
    return any(isinstance(each, FIRST) for each in model.model_fields["type"].metadata)


def _parametrized(models: Iterable[type[BaseModel]]) -> set[type[BaseModel]]:
    """Return the generic models whose tags one of them has that says what it holds: that one is meant."""
    origins = ((model, model.__pydantic_generic_metadata__["origin"]) for model in models)
    return {origin for model, origin in origins if origin is not None and tags_of(origin) == tags_of(model)}


def _rivals(models: Iterable[type[M]]) -> dict[type[M], list[type[M]]]:
    """For each model that shares a tag with others: those that share it."""
    by_tag: dict[str, list[type[M]]] = {}
    for model in models:
        for tag in tags_of(model):
            by_tag.setdefault(tag, []).append(model)
    return {model: sharers for sharers in by_tag.values() if len(sharers) > 1 for model in sharers}


def tags_of(model: type[BaseModel]) -> tuple[str, ...]:
    """Return the tags of a model: the values that its field ``type`` may have, its default first."""
    field = model.model_fields["type"]
    tags = get_args(field.annotation) if get_origin(field.annotation) is Literal else (field.default,)
    return tuple(str(tag.value if isinstance(tag, Enum) else tag) for tag in tags)


def decode_tagged(union: TaggedUnion[M], data: str | bytes) -> M:
    """Read one model of a union from JSON.

    Raises:
        DecodeError: it is not JSON, its tag is unknown, or a field is missing or of the wrong type.
    """
    value = parse(data)
    if not isinstance(value, Mapping):
        message = f'got {short(value)}; expected a JSON object with a "type"'
        raise DecodeError(message)
    union.refuse_tag(value.get("type"))
    model = union.classes[value["type"]]
    try:
        return model.model_validate_json(data)
    except ValidationError as error:
        raise unfit(data, model.__name__, error) from error


def parse(data: str | bytes) -> Any:
    """Read JSON into plain values.

    Raises:
        DecodeError: it is not JSON.
    """
    try:
        return from_json(data)
    except ValueError as error:
        message = f"got {short(data)}; expected JSON: {error}"
        raise DecodeError(message) from error


def unfit(data: object, expected: str, error: ValidationError) -> DecodeError:
    """Make one sentence of pydantic's findings about `data`."""
    return DecodeError(f"got {short(data)}; expected {expected}: {explain(error)}")


def encode(value: object) -> str:
    """Write a value as JSON; a model by its own serialisers.

    Raises:
        EncodeError: something in it has no JSON form.
    """
    try:
        if isinstance(value, BaseModel):
            return value.model_dump_json()
        return to_json(value, inf_nan_mode="strings").decode()
    except (PydanticSerializationError, UnicodeDecodeError, UnicodeEncodeError) as error:
        message = f"got {short(value)}; expected something that JSON can hold: {error}"
        raise EncodeError(message) from error


def explain(error: ValidationError) -> str:
    """Put pydantic's findings into one line: where, what was expected, what was got."""
    count = error.error_count()
    if count > LISTED:
        return f"it is wrong in {count} places"
    findings = error.errors(include_url=False, include_context=False)
    shown = "; ".join(_finding(finding) for finding in findings[:FINDINGS])
    more = len(findings) - FINDINGS
    return f"{shown}; and {more} more" if more > 0 else shown


def _finding(finding: ErrorDetails) -> str:
    place = ".".join(str(part) for part in finding["loc"])
    if finding["type"] in ("missing", "json_invalid"):
        return f"{place}: {finding['msg']}" if place else finding["msg"]
    got = short(finding["input"])  # stands beside its name, by which a secret is found and masked
    return f"{place}={got}: {finding['msg']}" if place else f"{finding['msg']} (got {got})"


def short(value: object, shown: int = SHOWN) -> str:
    """Return the repr of a value, cut where a message would stop being read. Does not raise."""
    if isinstance(value, (str, bytes)) and len(value) > shown:
        value, more = value[:shown], f"... ({len(value)} in all)"
        return repr(value) + more
    try:
        text = repr(value)
    except Exception as error:  # noqa: BLE001 - an endless nesting, an enormous integer: a message is told all the same
        text = f"<{type(value).__name__}, whose repr raises {type(error).__name__}>"
    return text if len(text) <= shown else text[:shown] + "..."
