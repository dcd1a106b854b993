"""Actions in words."""

from __future__ import annotations

import pytest

from socketstore import (
    Action,
    Connecting,
    FailedEntry,
    GapDetected,
    GotError,
    GotMessage,
    JustConnected,
    JustDisconnected,
    MessageRejected,
    ReconnectScheduled,
)
from socketstore.cli.describing import name_of, style_of, words_of


class CakeSold(Action):
    kind: str
    price: float


@pytest.mark.parametrize(
    ("action", "name", "words"),
    [
        (Connecting(url="ws://there", attempt=1), "connecting", "ws://there"),
        (Connecting(url="ws://there", attempt=3), "connecting", "ws://there, attempt 3"),
        (JustConnected(url="ws://there"), "justConnected", "ws://there"),
        (JustConnected(url="ws://there", subprotocol="v2"), "justConnected", 'ws://there, subprotocol "v2"'),
        (GotMessage(data="hi"), "gotMessage", '"hi"'),
        (GotMessage(data=b"\x01\x02"), "gotMessage", "2 bytes: 01 02"),
        (GotMessage(data={"a": [1]}), "gotMessage", '{"a": [1]}'),
        (GotMessage(data="hi", connection="second"), "gotMessage", '"hi" (second)'),
        (GotError(error="OSError", message="it broke"), "gotError", "it broke"),
        (JustDisconnected(code=1000, clean=True), "justDisconnected", "1000 clean"),
        (JustDisconnected(code=1006), "justDisconnected", "1006 not clean"),
        (JustDisconnected(code=4000, reason="bye", clean=True), "justDisconnected", '4000 clean "bye"'),
        (ReconnectScheduled(attempt=2, delay=0.5), "reconnectScheduled", "attempt 2 in 0.5 s"),
        (MessageRejected(raw="x", reason="no JSON"), "messageRejected", "no JSON"),
        (GapDetected(stream="s", expected=2, got=5), "gapDetected", 'stream="s" expected=2 got=5'),
        (CakeSold(kind="plum", price=3.5), "cakeSold", 'kind="plum" price=3.5'),
        (FailedEntry(2, 0.0, 1, "ValueError: x"), "failed", "the reducer raised on entry 1: ValueError: x"),
        ({"any": "value"}, "dict", '{"any": "value"}'),
    ],
)
def test_an_action_is_its_type_and_a_line_of_words(action: object, name: str, words: str) -> None:
    assert (name_of(action), words_of(action)) == (name, words)


def test_an_action_of_one_s_own_has_a_colour_too() -> None:
    assert style_of(CakeSold(kind="plum", price=1)) == "blue"
    assert style_of(GotError()) == "red"
