"""The JSON Schema of the format: all that is written fits it, and what does not fit it is not read."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from socketstore import (
    ActionEntry,
    ClosedEntry,
    DecodeError,
    Entry,
    ErrorEntry,
    FailedEntry,
    FrameInEntry,
    FrameOutEntry,
    LogCorrupted,
    LogVersionError,
    NoteEntry,
    OpenedEntry,
    SnapshotEntry,
)
from socketstore.log.headers import check_header_line, header_line
from socketstore.log.line_reader import LineReader
from socketstore.log.line_writer import LineWriter
from socketstore.store.paths import ABSENT
from tests.log.bank import AmountDeposited, LetterReceived

SCHEMA = json.loads((Path(__file__).parents[2] / "docs" / "log-format.schema.json").read_text(encoding="utf-8"))
VALIDATOR = Draft202012Validator(SCHEMA)
ENTRY = Draft202012Validator({**SCHEMA, "oneOf": [{"$ref": "#/$defs/entry"}]})
KNOWN = Draft202012Validator({**SCHEMA, "unevaluatedProperties": False})
"""Takes only keys that the schema names."""

PAGE = (Path(__file__).parents[2] / "docs" / "log-format.md").read_text(encoding="utf-8")
HEADER = Draft202012Validator({**SCHEMA, "oneOf": [{"$ref": "#/$defs/header"}]})

READER = LineReader("a.jsonl", [AmountDeposited, LetterReceived])

text = st.text(max_size=20)
numbers = st.integers(1, 2**60)
times = st.floats(0, 1e12)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**60), 2**60) | st.floats(allow_nan=False, allow_infinity=False) | text,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(text, inner, max_size=3),
    max_leaves=8,
)
stamp = {"sequence": numbers, "at": times}
wire = stamp | {"connection": text, "epoch": st.none() | numbers}
actions = st.builds(AmountDeposited, amount=st.integers()) | st.builds(LetterReceived, text=text, scan=st.binary())
entries: st.SearchStrategy[Entry] = st.one_of(
    st.builds(ActionEntry, numbers, times, actions | json_values),
    st.builds(FailedEntry, numbers, times, numbers, text),
    st.builds(
        SnapshotEntry, **stamp, digest=st.none() | text, state=st.just(ABSENT) | json_values, jumped=st.booleans()
    ),
    st.builds(NoteEntry, **stamp, text=text, data=json_values),
    st.builds(OpenedEntry, **wire, url=text, subprotocol=st.none() | text),
    st.builds(FrameInEntry, **wire, data=text | st.binary()),
    st.builds(FrameOutEntry, **wire, data=text | st.binary()),
    st.builds(ClosedEntry, **wire, code=st.integers(0, 65535), reason=text, clean=st.booleans()),
    st.builds(ErrorEntry, **wire, error=text, message=text),
)


def line_of(entry: Entry) -> bytes:
    return LineWriter().entry(entry.sequence, entry.at, entry)


def test_the_schema_is_one() -> None:
    Draft202012Validator.check_schema(SCHEMA)


@given(entries)
def test_every_entry_that_is_written_fits_and_comes_back(entry: Entry) -> None:
    line = line_of(entry)
    VALIDATOR.validate(json.loads(line))
    ENTRY.validate(json.loads(line))
    assert READER.entry(line, 2) == entry


@given(entries)
def test_every_key_that_is_written_stands_in_the_schema(entry: Entry) -> None:
    KNOWN.validate(json.loads(line_of(entry)))


def test_every_key_of_the_schema_stands_in_the_page_of_the_format() -> None:
    keys = {key for definition in SCHEMA["$defs"].values() for key in definition.get("properties", ())}
    assert [key for key in sorted(keys) if f"| `{key}` |" not in PAGE] == []


@given(times, numbers, st.booleans())
def test_every_header_that_is_written_stands_in_the_schema(created: float, first: int, compacted: bool) -> None:
    KNOWN.validate(json.loads(header_line(created, first, compacted=compacted)))


@given(times, numbers)
def test_every_header_that_is_written_fits(created: float, first: int) -> None:
    VALIDATOR.validate(json.loads(header_line(created, first)))
    HEADER.validate(json.loads(header_line(created, first)))


@given(entries, st.data(), json_values)
def test_what_the_schema_refuses_the_reader_refuses_too(entry: Entry, data: st.DataObject, other: Any) -> None:
    fields: dict[str, Any] = json.loads(line_of(entry))
    names = [*fields, "version", "epoch", "text", "base64"]
    name = data.draw(st.sampled_from(names))
    if data.draw(st.booleans()):
        fields.pop(name, None)
    else:
        fields[name] = other
    line = json.dumps(fields).encode() + b"\n"
    if not ENTRY.is_valid(fields):
        with pytest.raises((LogCorrupted, DecodeError)):
            READER.entry(line, 2)


@given(st.sampled_from(["kind", "format", "version", "created", "first"]), json_values)
def test_headers_that_the_schema_refuses_are_refused(name: str, other: Any) -> None:
    fields = json.loads(header_line(1.5, 2)) | {name: other}
    if not HEADER.is_valid(fields):
        with pytest.raises((LogCorrupted, LogVersionError)):
            check_header_line(json.dumps(fields).encode(), "a.jsonl")


@pytest.mark.parametrize(
    "line",
    [
        {"kind": "note", "sequence": 0, "at": 1, "text": "x"},
        {"kind": "note", "sequence": "1", "at": 1, "text": "x"},
        {"kind": "note", "sequence": True, "at": 1, "text": "x"},
        {"kind": "note", "sequence": 1, "at": "now", "text": "x"},
        {"kind": "note", "sequence": 1, "at": 1},
        {"kind": "value", "sequence": 1, "at": 1},
        {"kind": "value", "sequence": 1, "at": 1, "action": 5},
        {"kind": "value", "sequence": True, "at": 1, "value": 5},
        {"kind": "action", "sequence": 1, "at": True, "action": {"type": "amountDeposited", "amount": 1}},
        {"kind": "action", "sequence": "1", "at": 1, "action": {"type": "amountDeposited", "amount": 1}},
        {"kind": "action", "sequence": 1, "at": 1, "version": True, "action": {"type": "amountDeposited", "amount": 1}},
        {"kind": "action", "sequence": 1, "at": 1, "action": {"amount": 1}},
        {"kind": "frameIn", "sequence": 1, "at": 1, "text": "x", "base64": "AA=="},
        {"kind": "frameIn", "sequence": 1, "at": 1},
        {"kind": "closed", "sequence": 1, "at": 1, "code": 70000},
        {"kind": "closed", "sequence": 1, "at": 1, "code": 1000, "clean": 1},
        {"kind": "opened", "sequence": 1, "at": 1, "url": "ws://x", "epoch": 1.5},
        {"kind": "failed", "sequence": 1, "at": 1, "of": 0, "error": "x"},
        {"kind": "snapshot", "sequence": 1, "at": 1, "state": 5, "jumped": "yes"},
        {"kind": "header", "sequence": 1, "at": 1},
        {"kind": 5, "sequence": 1, "at": 1},
    ],
)
def test_both_refuse(line: dict[str, Any]) -> None:
    assert not ENTRY.is_valid(line)
    with pytest.raises((LogCorrupted, DecodeError)):
        READER.entry(json.dumps(line).encode() + b"\n", 2)


@pytest.mark.parametrize(
    "line",
    [
        {"kind": "postcard", "sequence": 1, "at": 1, "from": "Oslo"},
        {"kind": "note", "sequence": 1, "at": 1, "text": "x", "unknown": "key"},
        {"kind": "opened", "sequence": 1, "at": 1, "url": "ws://x"},
    ],
)
def test_unknown_kinds_unknown_keys_and_missing_ones_with_a_default_fit(line: dict[str, Any]) -> None:
    ENTRY.validate(line)
    READER.entry(json.dumps(line).encode() + b"\n", 2)
