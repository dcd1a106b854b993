"""What a message carries: text, bytes, or a JSON value, each written so that it comes back equal."""

from __future__ import annotations

import base64
import math
from collections.abc import Iterable
from typing import Annotated, Any

from pydantic import GetCoreSchemaHandler
from pydantic_core import CoreSchema, core_schema

from socketstore.codec import short
from socketstore.errors import EncodeError

TEXT = frozenset({str})
SIMPLE = frozenset({str, int, bool, type(None)})


class _Payload:
    """How a message's content stands in JSON: text as it is, bytes and JSON values each in an object that says so."""

    @classmethod
    def __get_pydantic_core_schema__(cls, source: object, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.json_or_python_schema(
            json_schema=core_schema.no_info_plain_validator_function(_payload_from_json),
            python_schema=core_schema.any_schema(),
            serialization=core_schema.plain_serializer_function_ser_schema(_payload_to_json, when_used="json"),
        )


def _payload_to_json(value: Any) -> Any:
    if isinstance(value, str):
        return value
    if isinstance(value, (bytes, bytearray, memoryview)):
        return {"base64": base64.b64encode(value).decode()}
    refuse_unless_json(value)
    return {"json": value}


def _payload_from_json(value: Any) -> Any:
    match value:
        case str():
            return value
        case {"base64": str(text)}:
            return base64.b64decode(text, validate=True)
        case {"json": content}:
            return content
    message = f'expected text, {{"base64": ...}} or {{"json": ...}}, got {short(value)}'
    raise ValueError(message)


def refuse_unless_json(value: Any) -> None:
    """Return if a value, written as JSON and read again, is equal to itself.

    Raises:
        EncodeError: it is, or holds, something else than JSON's own types, or a float that is not finite.
    """
    kind = type(value)
    if kind is list:
        _refuse_unless_all_are_json(value)
    elif kind is dict and TEXT.issuperset(map(type, value)):
        _refuse_unless_all_are_json(value.values())
    elif kind not in SIMPLE and not (kind is float and math.isfinite(value)):
        message = (
            f"got {short(value)} ({kind.__name__}); expected text, bytes or a JSON value, which come back equal. "
            "Make it an Action with typed fields."
        )
        raise EncodeError(message)


def _refuse_unless_all_are_json(items: Iterable[Any]) -> None:
    for item in items:
        if type(item) not in SIMPLE:
            refuse_unless_json(item)


Payload = Annotated[Any, _Payload]
"""What a message carries: text, bytes, or what a decoder made of them."""
