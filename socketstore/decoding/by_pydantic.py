"""Messages read by pydantic: what its `TypeAdapter` takes, straight from the text or bytes."""

from __future__ import annotations

from collections.abc import Callable
from types import UnionType
from typing import Annotated, Any, TypeAlias, Union, get_args, get_origin

from pydantic import Field, PydanticUserError, TypeAdapter, ValidationError

from socketstore.actions import Action
from socketstore.codec import short, tags_of, unfit
from socketstore.decoding.reading import Read, Stamp, unaliased
from socketstore.errors import DecodeError, UsageError

Validate: TypeAlias = Callable[["str | bytes"], Any]

EXPECTED = (
    "expected an Action class, a union of them, a type pydantic validates, or classes that derive from msgspec.Struct, "
    "all of them (pip install 'socketstore[fast]')"
)

WITHOUT_TAG = ("union_tag_not_found", "union_tag_invalid")


def read_by_pydantic(messages: Any) -> Read:
    """Return what reads messages of a type that pydantic validates.

    Raises:
        UsageError: pydantic cannot validate it.
    """
    name = getattr(messages, "__name__", None) or str(messages)
    try:
        try_each = _validator(messages)
        validate = _validator_by_tag(messages) or try_each
    except (PydanticUserError, TypeError, NameError) as error:
        message = f"got messages={messages!r}; {EXPECTED}"
        raise UsageError(message) from error

    def read(data: str | bytes, stamp: Stamp) -> Any:
        try:
            value = validate(data)
        except Exception as error:  # a validator of the program's own may raise anything
            if validate is try_each or not _is_without_tag(error):
                raise _rejected(data, name, error) from error
            value = untagged(data, error)
        return value if isinstance(value, Action) else stamp(value)

    def untagged(data: str | bytes, error: Exception) -> Any:
        """Try each class: the field ``type`` has a default, so that a message without one may fit."""
        try:
            return try_each(data)
        except ValidationError:
            raise _rejected(data, name, error) from error
        except Exception as another:
            raise _rejected(data, name, another) from another

    return read


def _rejected(data: str | bytes, name: str, error: Exception) -> DecodeError:
    if isinstance(error, ValidationError):
        return unfit(data, name, error)
    return DecodeError(f"got {short(data)}; expected {name}: {type(error).__name__}: {error}")


def _is_without_tag(error: Exception) -> bool:
    if not isinstance(error, ValidationError) or error.error_count() != 1:  # counting is cheap, listing is not
        return False
    return error.errors(include_url=False, include_context=False)[0]["type"] in WITHOUT_TAG


def _validator(messages: Any) -> Validate:
    adapter: TypeAdapter[Any] = TypeAdapter(messages)
    adapter.rebuild()  # or a name that is not defined would be told with each message
    validate: Validate = adapter.validator.validate_json  # what adapter.validate_json() calls, and most of its time
    return validate


def _validator_by_tag(messages: Any) -> Validate | None:
    """Return what looks at the tag first, for a union of actions: 0.6 µs a message where trying two takes 1.2.

    What it reads, it reads as pydantic does that tries each; its errors are about the one class that was meant.
    """
    if not _is_told_by_tags(messages):
        return None
    try:
        return _validator(Annotated[messages, Field(discriminator="type")])
    except (PydanticUserError, TypeError):  # a tag that is validated in a way of its own
        return None


def _is_told_by_tags(messages: Any) -> bool:
    """Tell a union of actions of which only one can fit a message that has a tag."""
    messages = unaliased(messages)
    members = get_args(messages) if get_origin(messages) in (Union, UnionType) else ()
    if not all(isinstance(kind, type) and issubclass(kind, Action) and _gets_the_message(kind) for kind in members):
        return False
    tags = [tag for kind in members for tag in tags_of(kind)]
    return len(members) > 1 and len(tags) == len(set(tags))


def _gets_the_message(kind: type[Action]) -> bool:
    """Tell a class that gets a message as it came, its tag too: no validator of the program's own stands before it."""
    schema: Any = kind.__pydantic_core_schema__
    while schema["type"] in ("definitions", "function-after"):
        schema = schema["schema"]
    plain = schema["type"] == "model" and not schema.get("custom_init")
    return bool(plain and schema["schema"]["type"] == "model-fields")
