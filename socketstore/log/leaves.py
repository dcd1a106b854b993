"""The digest of a state: how values that hold nothing else are written, a column of one kind at a time."""

from __future__ import annotations

import sys
from array import array
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from decimal import Decimal
from enum import Enum
from fractions import Fraction
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network
from pathlib import PurePath
from re import Pattern
from types import NoneType
from typing import Any, TypeAlias
from uuid import UUID

Column: TypeAlias = Sequence[Any]
Put: TypeAlias = Callable[[bytes], None]
Write: TypeAlias = Callable[[Put, Column], Iterable[Column]]
"""Writes a column of values of one kind, and returns the columns of what they hold."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

FAR = 400  # digits before the point, beyond which a decimal number is no longer written as an integer


@dataclass(frozen=True, slots=True, eq=False)
class Kind:
    """What values are that are written in the same way, whatever their classes.

    Attributes:
        label: its name.
        write: writes a column of them.
    """

    label: str
    write: Write


class WithoutKind(Exception):
    """A value of a class that has no kind.

    Attributes:
        kind: the class.
    """

    def __init__(self, kind: type[Any]) -> None:
        super().__init__(kind)
        self.kind = kind


def put_counts(put: Put, column: Column) -> None:
    """Write how much each value holds."""
    put(_little_endian(array("Q", map(len, column))))


def _little_endian(numbers: array[Any]) -> bytes:
    if sys.byteorder == "big":  # pragma: no cover - those are rare
        numbers.byteswap()
    return numbers.tobytes()


def _write_nothing(_: Put, __: Column) -> Iterable[Column]:
    return ()


def _write_text(put: Put, column: Column) -> Iterable[Column]:
    put_counts(put, column)
    put("".join(column).encode("utf-8", "surrogatepass"))
    return ()


def _write_bytes(put: Put, column: Column) -> Iterable[Column]:
    pieces = list(map(bytes, column))
    put_counts(put, pieces)
    put(b"".join(pieces))
    return ()


def _write_numbers(put: Put, column: Column) -> Iterable[Column]:
    """Write what a double holds exactly as one, anything else as text: equal numbers may be of several types."""
    try:
        doubles = array("d", column)
    except (OverflowError, ValueError):  # an integer that is too large, a signalling not-a-number
        return _write_mixed_numbers(put, column)
    if doubles.tolist() != list(column):
        return _write_mixed_numbers(put, column)
    put(_little_endian(array("d", [number or 0.0 for number in doubles]) if 0.0 in doubles else doubles))  # no -0.0
    return ()


def _write_mixed_numbers(put: Put, column: Column) -> Iterable[Column]:
    exact = list(map(_is_exact, column))
    put(bytes(exact))
    _write_text(put, [_number_text(number) for number, fits in zip(column, exact, strict=True) if not fits])
    doubles = [float(number) for number, fits in zip(column, exact, strict=True) if fits]
    return _write_numbers(put, doubles)


def _is_exact(number: Any) -> bool:
    try:
        return bool(float(number) == number)
    except (OverflowError, ValueError):
        return False


def _number_text(number: Any) -> str:
    if isinstance(number, Decimal):
        return _decimal_text(number)
    if number != number:
        return "nan"
    if isinstance(number, Fraction) and number.denominator != 1:
        return f"{number.numerator:x}/{number.denominator:x}"
    return f"{int(number):x}"


def _decimal_text(number: Decimal) -> str:
    if number.is_nan():
        return "nan"
    if number.adjusted() < FAR and number == number.to_integral_value():
        return f"{int(number):x}"
    sign, digits, exponent = number.as_tuple()
    text = "".join(map(str, digits))
    significant = text.rstrip("0")
    return f"{'-' * sign}{significant}e{int(exponent) + len(text) - len(significant)}"


def _write_complex(_: Put, column: Column) -> Iterable[Column]:
    return [[part for number in column for part in (number.real, number.imag)]]


def _write_buffers(put: Put, column: Column) -> Iterable[Column]:
    for value in column:
        try:
            view = memoryview(value)
        except TypeError:
            raise WithoutKind(type(value)) from None
        if "O" in view.format:  # addresses of objects
            raise WithoutKind(type(value))
        put(f"{view.format} {view.shape}".encode())
        put(view.tobytes())
    return ()


def _by_text(label: str, text: Callable[[Any], str]) -> Kind:
    return Kind(label, lambda put, column: _write_text(put, list(map(text, column))))


def _moment(value: datetime) -> str:
    try:
        return (value if value.utcoffset() is None else value.astimezone(UTC)).isoformat()
    except OverflowError:  # in UTC it is in a year for which there is no date
        return f"{(value - _EPOCH) // timedelta(microseconds=1)} µs"


def _range_text(value: range) -> str:
    if len(value) < 2:  # whatever its step, and where an empty one lies
        value = range(value[0], value[0] + 1) if value else range(0)
    return f"{len(value)} {value[:1]} {value[1:2]}"


NOTHING = Kind("nothing", _write_nothing)
TEXT = Kind("text", _write_text)
NUMBER = Kind("number", _write_numbers)
BUFFER = Kind("buffer", _write_buffers)

LEAF_KINDS: tuple[tuple[tuple[type[Any], ...], Kind], ...] = (
    ((NoneType,), NOTHING),
    ((str,), TEXT),
    ((int, float, Decimal, Fraction), NUMBER),
    ((bytes, bytearray, memoryview), Kind("bytes", _write_bytes)),
    ((complex,), Kind("complex", _write_complex)),
    ((datetime,), _by_text("datetime", _moment)),
    ((date,), _by_text("date", date.isoformat)),
    ((time,), _by_text("time", time.isoformat)),
    ((timedelta,), _by_text("timedelta", lambda value: str(value // timedelta(microseconds=1)))),
    ((tzinfo,), _by_text("zone", str)),
    ((UUID,), _by_text("uuid", str)),
    ((PurePath,), _by_text("path", PurePath.as_posix)),
    ((IPv4Address, IPv6Address, IPv4Network, IPv6Network), _by_text("address", str)),
    ((Pattern,), _by_text("pattern", lambda value: f"{value.flags} {value.pattern!r}")),
    ((range,), _by_text("range", _range_text)),
    ((type,), _by_text("class", lambda value: str(value.__qualname__))),
)
"""The classes whose values are leaves, each with its kind; the first that fits counts."""


def enumeration(kind: type[Enum]) -> Kind:
    """Return the kind of an enumeration whose members are nothing else: its name and theirs."""
    return _by_text(f"enumeration {kind.__name__}", lambda member: str(member.name))
