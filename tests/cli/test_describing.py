"""Actions in words."""

from __future__ import annotations

import pytest

import socketstore
from socketstore import (
    Action,
    Connecting,
    FailedEntry,
    GapDetected,
    GaveUp,
    GotError,
    GotMessage,
    Heard,
    JustConnected,
    JustDisconnected,
    MessageDropped,
    MessageRejected,
    ReconnectCancelled,
    ReconnectScheduled,
    Resynced,
    ResyncFailed,
    ResyncStarted,
    RoundTripMeasured,
    SocketAction,
    StreamAction,
    Subscribed,
    SubscriptionRefused,
    Unsubscribed,
    WentSilent,
    WentStale,
)
from socketstore.cli.describing import TELLERS, name_of, style_of, words_of

HOSTILE = "\x1b[2J\n"


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
        (JustDisconnected(code=1006, dropped=1), "justDisconnected", "1006 not clean, 1 message dropped"),
        (ReconnectScheduled(attempt=3, delay=0.0460373), "reconnectScheduled", "attempt 3 in 0.05 s"),
        (ReconnectCancelled(), "reconnectCancelled", ""),
        (GaveUp(attempts=1), "gaveUp", "after 1 attempt"),
        (GaveUp(error="OSError", message="it broke", attempts=3), "gaveUp", "after 3 attempts: it broke"),
        (MessageDropped(data="buy", reason="it was too old"), "messageDropped", '"buy", it was too old'),
        (Heard(messages=1), "heard", "1 message"),
        (Heard(messages=57), "heard", "57 messages"),
        (WentStale(silence=30.0004), "wentStale", "nothing came for 30 s"),
        (RoundTripMeasured(seconds=0.01234, by="heartbeat"), "roundTripMeasured", "12.3 ms (heartbeat)"),
        (Subscribed(keys=("BTC", "ETH")), "subscribed", "BTC, ETH"),
        (Unsubscribed(keys=("BTC",)), "unsubscribed", "BTC"),
        (SubscriptionRefused(keys=("DOGE",), reason="not here"), "subscriptionRefused", "DOGE: not here"),
        (SubscriptionRefused(keys=("DOGE", "X")), "subscriptionRefused", "DOGE, X"),
        (GapDetected(stream="s", expected=2, got=5), "gapDetected", "s: expected 2, got 5"),
        (ResyncStarted(stream="s", reason="expected 2, got 5"), "resyncStarted", "s: expected 2, got 5"),
        (
            ResyncFailed(stream="s", error="OSError", message="no", attempt=2),
            "resyncFailed",
            "s: attempt 2: OSError: no",
        ),
        (Resynced(stream="s", applied=1, dropped=2), "resynced", "s: 1 message applied, 2 dropped"),
        (WentSilent(stream="s", silence=0.5), "wentSilent", "s: nothing came for 0.5 s"),
        (WentStale(silence=2, connection="second"), "wentStale", "nothing came for 2 s (second)"),
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


def test_every_word_of_a_connection_has_words_of_its_own() -> None:
    public = (getattr(socketstore, name) for name in socketstore.__all__)
    said = {kind for kind in public if isinstance(kind, type) and issubclass(kind, SocketAction)}
    assert said - {SocketAction, StreamAction} - TELLERS.keys() == {ReconnectCancelled}  # which holds nothing


@pytest.mark.parametrize(
    "action",
    [
        GapDetected(stream=HOSTILE, expected=HOSTILE, got=HOSTILE),
        ResyncFailed(stream="s", error=HOSTILE, message=HOSTILE),
        Subscribed(keys=(HOSTILE,)),
        SubscriptionRefused(keys=(HOSTILE,), reason=HOSTILE),
        MessageDropped(data=HOSTILE, reason=HOSTILE),
        GaveUp(message=HOSTILE),
    ],
)
def test_what_a_server_chose_does_not_move_the_cursor(action: Action) -> None:
    assert words_of(action).isprintable()
