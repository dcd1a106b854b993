"""How the messages of one socket are written: many entries, of which all but the data is alike."""

from __future__ import annotations

import base64
from functools import partial

from pydantic_core import PydanticSerializationError, to_json

from socketstore.codec import encode, short
from socketstore.errors import EncodeError
from socketstore.log.quick_writers import QuickWriter
from socketstore.log.redaction import Redaction


def frame_writer(redaction: Redaction | None, kind: str, connection: str, epoch: int | None) -> QuickWriter:
    """Return what makes lines of the messages, text or bytes, of one socket in one direction.

    It raises `EncodeError` if the name of the connection or the text has no JSON form, or name or number could not be
    read.
    """
    try:
        head = _head(kind, connection, epoch)
    except EncodeError as error:
        return partial(_refuse, str(error))
    as_text, as_base64 = head + b'"text":%s}\n', head + b'"base64":"%s"}\n'

    def write(sequence: int, at: float, data: str | bytes) -> bytes:
        if redaction is not None:
            data = redaction.message(kind, data)
        if isinstance(data, str):
            return as_text % (sequence, to_json(at), _json(data))
        return as_base64 % (sequence, to_json(at), base64.b64encode(data))

    return write


def _head(kind: str, connection: str, epoch: int | None) -> bytes:
    _check(connection, epoch)
    beside = b'"connection":%s,"epoch":%s' % (_json(connection).replace(b"%", b"%%"), to_json(epoch))
    return b'{"kind":"%s","sequence":%%d,"at":%%s,%s,' % (kind.encode(), beside)


def _refuse(why: str, *_: object) -> bytes:
    raise EncodeError(why)


def _check(connection: object, epoch: object) -> None:
    if not isinstance(connection, str) or not (epoch is None or type(epoch) is int):
        got = f"connection={short(connection)}, epoch={short(epoch)}"
        message = f"got a message of {got}; expected a text, and an integer or None"
        raise EncodeError(message)


def _json(text: str) -> bytes:
    try:
        return to_json(text)
    except (PydanticSerializationError, ValueError):
        return encode(text).encode()  # which says what is wrong with it
