"""Values as short, harmless words."""

from __future__ import annotations

import json
from collections import namedtuple
from dataclasses import dataclass
from typing import Any

import pytest
from immutables import Map

from socketstore import GotError, JustDisconnected
from socketstore.cli.words import brief, json_printable, of_bytes, printable, quoted

Point = namedtuple("Point", "x y")


@dataclass(frozen=True)
class Node:
    inside: Any = None


@pytest.mark.parametrize("hostile", ["\x1b[2J", "\x9b31m", "\x07", "a\nb", "\x7f", "\u202eabc", "\ud800"])
def test_nothing_that_is_not_printable_comes_through(hostile: str) -> None:
    for text in (printable(hostile), quoted(hostile), brief(hostile), brief([hostile]), brief({hostile: hostile})):
        assert text.isprintable()


def test_printable_text_stays_as_it_is() -> None:
    assert printable("Grüße, 世界 🚀") == "Grüße, 世界 🚀"


def test_bytes_are_counted_and_begun() -> None:
    assert of_bytes(b"") == "0 bytes"
    assert of_bytes(b"\x00\xff") == "2 bytes: 00 ff"
    assert of_bytes(bytes(13)).endswith(" 00 …")


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (3, "3"),
        ("x" * 100, '"' + "x" * 59 + '…"'),
        (b"\x01", "1 bytes: 01"),
        ((), "()"),
        ((1,), "(1,)"),
        ([1], "[1]"),
        ((1, 2, 3, 4, 5), "(… 2 more, 3, 4, 5)"),
        ({"a": 1, "b": 2}, '{"a": 1, "b": 2}'),
        (dict.fromkeys("abcde", 0), '{"a": 0, "b": 0, "c": 0, … 2 more}'),
        (Map(a=1), '{"a": 1}'),
        ({}, "{}"),
        (Point(1, 2), "Point(x=1, y=2)"),
        (Node(Node(Node(Node(Node())))), "Node(inside=Node(inside=Node(inside=Node(…))))"),
        (Node(Node(Node((1, 2)))), "Node(inside=Node(inside=Node(inside=(2 items))))"),
        (Node(Node(Node({1: 2}))), "Node(inside=Node(inside=Node(inside={1 items})))"),
        (
            JustDisconnected(code=1000, clean=True, at=3.0),
            'justDisconnected(code=1000, reason="", clean=True, dropped=0)',
        ),
        (GotError(message="no"), 'gotError(error="", message="no")'),
    ],
)
def test_a_value_is_one_short_line(value: object, words: str) -> None:
    assert brief(value) == words


def test_json_that_is_made_printable_means_the_same() -> None:
    text = json.dumps(["\x7f\x9b31m", "\u202eexe", "é", "\U000e0001"], ensure_ascii=False)
    shown = json_printable(text)
    assert shown.isprintable()
    assert json.loads(shown) == json.loads(text)
    assert json_printable('["é"]') == '["é"]'
