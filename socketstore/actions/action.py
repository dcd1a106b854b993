"""Actions: facts in the past tense, one class each.

Any value may be an action; `Action` is the convenient way: frozen, equal by value, and with a tag, so that it can be
written as JSON and read back. Define one as you would a dataclass::

    class Trade(Action):
        symbol: str
        price: float

    Trade(symbol="ABC", price=3.5).to_json()   # '{"type":"trade","symbol":"ABC","price":3.5}'
    Action.from_json('{"type":"trade","symbol":"ABC","price":3.5}')

A class whose fields have changed since some of its actions were recorded says so, ``class Trade(Action, version=2)``,
and `upcasts` says what becomes of the old ones.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, ClassVar, Literal, Self, cast, get_args, get_origin

from pydantic import BaseModel, ConfigDict
from pydantic.fields import FieldInfo
from typing_extensions import Unpack

from socketstore.codec import TaggedUnion, decode_tagged, encode
from socketstore.errors import UsageError


class Action(BaseModel):
    """Base class for actions: a frozen pydantic model whose field `type` says which it is.

    The tag is the class name in camelCase (``GotMessage`` -> ``"gotMessage"``); a class for a feed that has names of
    its own declares it: ``type: Literal["l2update"] = "l2update"``. Bytes are written as base64, not-a-number and the
    infinities as text, so that what is read equals what was written. A dataclass, named tuple or typed dict in a field
    follows suit; a pydantic model keeps its own ``model_config``, which by default writes an infinity as ``null``: make
    it an `Action` as well, or give it ``ser_json_inf_nan="strings"``.

    Args:
        version: 1, 2, ..., of the fields that the class has, given where it is defined:
            ``class Trade(Action, version=2)``. A log keeps it beside each action. Classes that derive from this one
            have versions of their own; ``Box[int]`` has that of ``Box``.
    """

    model_config = ConfigDict(
        frozen=True,
        extra="ignore",
        ser_json_bytes="base64",
        val_json_bytes="base64",
        ser_json_inf_nan="strings",
        validate_by_name=True,
        validate_by_alias=True,
        serialize_by_alias=True,  # a feed's own field names are written as they are read
    )

    __action_version__: ClassVar[int] = 1
    __action_declares_tag__: ClassVar[bool] = False

    type: Any = ""  # not str: type checkers would refuse the Literal of a subclass

    def __init_subclass__(cls, *, version: int = 1, **kwargs: Unpack[ConfigDict]) -> None:
        """Keep the version of the class.

        Raises:
            UsageError: it is no version.
        """
        super().__init_subclass__(**kwargs)
        if type(version) is not int or version < 1:
            message = f"{cls.__qualname__} has version={version!r}; expected 1, 2, ..."
            raise UsageError(message)
        cls.__action_version__ = version

    @classmethod
    def __pydantic_init_subclass__(cls, *, version: int = 1, **kwargs: Any) -> None:
        """Give the class its tag, unless it has declared one.

        Raises:
            UsageError: what it has declared as ``type`` is no tag.
        """
        super().__pydantic_init_subclass__(**kwargs)
        if (generic := generic_of(cls)) is not None:
            cls.__action_version__ = generic.__action_version__
        cls.__action_declares_tag__ = _declares_its_tag(cls)
        tag = _declared_tag(cls) if cls.__action_declares_tag__ else _camel_case(cls.__name__)
        if tag is not None:
            cls.__pydantic_fields__["type"] = FieldInfo.from_annotated_attribute(cast(Any, Literal[tag]), tag)
            cls.model_rebuild(force=True, raise_errors=False)  # a class that it mentions may be defined further down

    def to_json(self) -> str:
        """Write the action as one line of JSON.

        Raises:
            EncodeError: a field holds something that JSON cannot.
        """
        return encode(self)

    @classmethod
    def from_json(cls, data: str | bytes) -> Self:
        """Read an action: this class, or the one of its known subclasses that the tag names.

        A subclass is known once its module has been imported.

        Raises:
            DecodeError: not JSON, an unknown tag, a missing field or a wrong type.
        """
        return cast(Self, decode_tagged(TaggedUnion(known(cls)), data))


def known(root: type[Action]) -> tuple[type[Action], ...]:
    """Return every class below `root` that has been defined, and `root` itself unless it is `Action`.

    Of several classes with the same module and name (defined again by a reload) the newest counts.
    """
    newest = {(kind.__module__, kind.__qualname__): kind for kind in _family(root) if _can_be_read(kind)}
    return tuple(newest.values())


def generic_of(kind: type[Action]) -> type[Action] | None:
    """Return the class of which this is one with its parameters: ``Box`` for ``Box[int]``."""
    return cast(type[Action] | None, kind.__pydantic_generic_metadata__["origin"])


def _family(root: type[Action]) -> Iterator[type[Action]]:
    yield root
    for child in root.__subclasses__():
        yield from _family(child)


def _declares_its_tag(kind: type[Action]) -> bool:
    origin = kind.__pydantic_generic_metadata__["origin"]
    if origin is not None:  # of Envelope[Trade]: Envelope, whose messages it reads
        return issubclass(origin, Action) and origin.__action_declares_tag__
    if "type" in vars(kind).get("__annotations__", {}):
        return True
    field = kind.model_fields["type"]  # Python 3.14 keeps annotations elsewhere: there a tag of one's own tells
    inherited = {base.model_fields["type"].default for base in kind.__mro__[1:] if issubclass(base, Action)}
    return not field.is_required() and field.default not in inherited


def _can_be_read(kind: type[Action]) -> bool:
    """Tell a class from `Action` itself, and from one that was refused and is still referred to.

    What a class that was refused early has of pydantic, it has of the one that it derives from.
    """
    return "__pydantic_complete__" in vars(kind) and _has_literal_tag(kind)


def _has_literal_tag(kind: type[Action]) -> bool:
    field = kind.model_fields["type"]
    tags = get_args(field.annotation) if get_origin(field.annotation) is Literal else ()
    return bool(tags) and all(isinstance(tag, str) for tag in tags) and not _aliased(field)


def _aliased(field: FieldInfo) -> bool:
    aliases = (field.alias, field.validation_alias, field.serialization_alias)
    return any(alias not in (None, "type") for alias in aliases)  # to_camel makes of it what it was


def _declared_tag(kind: type[Action]) -> str | None:
    """Return the tag that a class gives without a ``Literal``, which pydantic needs to tell classes apart."""
    field = kind.model_fields["type"]
    if _has_literal_tag(kind):
        return None
    if isinstance(field.default, str) and field.default and not _aliased(field):
        return field.default
    message = (
        f'{kind.__qualname__} declares a type that is no tag; expected type: Literal["..."] = "...". A field that '
        'the feed happens to call so needs another name: order_type: str = Field(alias="type").'
    )
    raise UsageError(message)


def _camel_case(name: str) -> str:
    """``GotMessage`` -> ``gotMessage``, ``HTTPError`` -> ``httpError``, ``_Tick`` -> ``tick``."""
    return re.sub(r"^(?:[A-Z]+(?=[A-Z][a-z])|[A-Z]+)", lambda capitals: capitals[0].lower(), name.strip("_"))
