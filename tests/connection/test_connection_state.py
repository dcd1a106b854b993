"""The slice that tells where a connection stands."""

from __future__ import annotations

from functools import reduce

import pytest

from socketstore import (
    Connecting,
    ConnectionState,
    GapDetected,
    GaveUp,
    GotError,
    GotMessage,
    Heard,
    JustConnected,
    JustDisconnected,
    MessageDropped,
    MessageRejected,
    ReconnectScheduled,
    Resynced,
    ResyncFailed,
    ResyncStarted,
    RoundTripMeasured,
    SocketAction,
    StreamAction,
    StreamState,
    Subscribed,
    SubscriptionRefused,
    Unsubscribed,
    WentSilent,
    WentStale,
    connection_state,
    connection_state_for,
)
from socketstore.actions import known
from socketstore.connection.state_handlers import HANDLERS


def after(*actions: object, name: str | None = None) -> ConnectionState:
    part = connection_state if name is None else connection_state_for(name)
    return reduce(part, actions, ConnectionState())


def test_it_begins_idle() -> None:
    assert after() == ConnectionState()
    assert after().phase == "idle"


def test_each_phase_follows_its_action() -> None:
    connecting = after(Connecting(url="ws://x", attempt=3))
    assert (connecting.phase, connecting.url, connecting.attempt) == ("connecting", "ws://x", 3)
    opened = after(Connecting(attempt=3), JustConnected(epoch=2))
    assert (opened.phase, opened.epoch, opened.attempt) == ("open", 2, 0)
    closed = JustDisconnected(code=4000)
    assert (after(closed).phase, after(closed).last_close) == ("closed", closed)
    waiting = after(closed, ReconnectScheduled(at=10.0, delay=2.5))
    assert (waiting.phase, waiting.retry_at) == ("waiting", 12.5)
    assert after(ReconnectScheduled(at=10.0, delay=2.5), Connecting()).retry_at is None


def test_an_open_without_an_epoch_counts_on() -> None:
    assert after(JustConnected(), JustConnected()).epoch == 2


def test_messages_leave_their_time_and_rejected_ones_are_counted() -> None:
    state = after(GotMessage(at=1.0, data="x"), MessageRejected(at=2.0, raw="y"))
    assert (state.last_message_at, state.rejected) == (2.0, 1)


def test_the_last_error_stays_for_who_asks() -> None:
    error = GotError(error="ConnectionRefusedError", message="nothing listens there")
    assert after(error, JustDisconnected()).last_error == error


def test_streams_are_followed_one_by_one() -> None:
    state = after(
        GapDetected(stream="a", expected=2, got=5), GapDetected(stream="b", expected=1, got=2), Resynced(stream="a")
    )
    assert state.streams["a"] == StreamState("live", gaps=1)
    assert state.streams["b"] == StreamState("stale", reason="expected 1, got 2", gaps=1)


def test_when_the_socket_closes_what_is_shown_is_stale_until_something_is_heard() -> None:
    gone = (JustConnected(at=1.0), GotMessage(at=2.0, data="x"), JustDisconnected(at=3.0))
    assert after(*gone).stale_since == 3.0
    assert after(*gone, Connecting(at=4.0), JustDisconnected(at=5.0)).stale_since == 3.0
    assert after(*gone, JustConnected(at=6.0)).stale_since == 3.0
    assert after(*gone, JustConnected(at=6.0), GotMessage(at=7.0, data="y")).stale_since is None
    assert after(*gone, JustConnected(at=6.0), Heard(at=7.0)).stale_since is None


def test_a_silence_makes_stale_what_was_live_and_the_next_message_ends_it() -> None:
    words = (Resynced(stream="a"), GapDetected(stream="b", expected=1, got=2), WentStale(at=9.0, silence=5.004))
    silent = after(*words)
    assert silent.stale_since == pytest.approx(4.0, abs=0.1)  # when the silence began
    assert silent.streams["a"] == StreamState("stale", 9.0, "nothing came for 5 s", until_heard=True)
    assert silent.streams["b"] == StreamState("stale", 0.0, "expected 1, got 2", gaps=1)
    for heard in (Heard(at=10.0), GotMessage(at=10.0, data="x"), MessageRejected(at=10.0, raw="x")):
        again = after(*words, heard)
        assert (again.stale_since, again.last_message_at) == (None, 10.0)
        assert again.streams["a"] == StreamState("live", 10.0)
        assert again.streams["b"].phase == "stale"


def test_a_silence_after_a_reconnect_leaves_what_is_shown_as_old_as_it_is() -> None:
    state = after(JustDisconnected(at=3.0), JustConnected(at=4.0), WentStale(at=9.0, silence=5))
    assert state.stale_since == 3.0
    assert after(WentStale(at=9.0, silence=5), JustDisconnected(at=12.0)).stale_since == 4.0


def test_a_stream_that_was_silent_when_the_socket_closed_is_not_live_again_with_the_first_message() -> None:
    gone = (Resynced(stream="a"), WentStale(at=9.0, silence=5), JustDisconnected(at=12.0), JustConnected(at=13.0))
    assert after(*gone, Heard(at=14.0)).streams["a"] == StreamState("stale", 9.0, "the socket closed (1006)")


def test_a_stream_that_has_spoken_for_itself_meanwhile_is_what_it_said() -> None:
    silent = (Resynced(stream="a"), WentStale(at=9.0, silence=5))
    for word, phase in (
        (WentSilent(stream="a", silence=6), "stale"),
        (ResyncStarted(stream="a"), "resyncing"),
        (Resynced(stream="a"), "live"),
    ):
        assert after(*silent, word, Heard(at=10.0)).streams["a"].phase == phase


def test_the_closing_of_the_socket_makes_every_stream_stale_and_says_why() -> None:
    streams = (Resynced(stream="a", at=1.0), ResyncStarted(stream="b", reason="new", at=1.0))
    state = after(*streams, JustDisconnected(code=1006, at=2.0))
    assert state.streams["a"] == StreamState("stale", 2.0, "the socket closed (1006)")
    assert state.streams["b"] == StreamState("stale", 1.0, "the socket closed (1006)")


def test_a_stream_tells_since_when_it_is_what_it_is() -> None:
    words = (
        GapDetected(stream="a", at=1.0, expected=2, got=5),
        ResyncStarted(stream="a", at=2.0, reason="a gap"),
        ResyncFailed(stream="a", at=3.0, error="OSError", message="no route"),
        Resynced(stream="a", at=4.0),
        WentSilent(stream="a", at=9.0, silence=5),
    )
    told = [after(*words[: count + 1]).streams["a"] for count in range(len(words))]
    assert told == [
        StreamState("stale", 1.0, "expected 2, got 5", 1),
        StreamState("resyncing", 1.0, "a gap", 1),
        StreamState("resyncing", 1.0, "OSError: no route", 1),
        StreamState("live", 4.0, "", 1),
        StreamState("stale", 9.0, "nothing came for 5 s", 1),
    ]


def test_the_round_trip_is_that_of_the_socket_that_is_open() -> None:
    assert after(RoundTripMeasured(seconds=0.05)).round_trip == 0.05
    assert after(RoundTripMeasured(seconds=0.05), JustDisconnected()).round_trip is None


def test_subscriptions_are_those_that_the_server_follows_now() -> None:
    asked = (Subscribed(keys=("a", "b")), SubscriptionRefused(keys=("c",), reason="unknown"), Unsubscribed(keys=("a",)))
    state = after(*asked)
    assert (state.subscribed, dict(state.refused)) == (frozenset({"b"}), {"c": "unknown"})
    assert dict(after(*asked, Subscribed(keys=("c",))).refused) == {}
    assert after(*asked, SubscriptionRefused(keys=("b",), reason="too many")).subscribed == frozenset()
    closed = after(*asked, JustDisconnected())
    assert (closed.subscribed, dict(closed.refused)) == (frozenset(), {})


def test_messages_that_were_given_up_are_counted() -> None:
    assert after(MessageDropped(data="x"), MessageDropped(data="y")).dropped == 2


def test_a_connection_that_gave_up_has_failed() -> None:
    assert after(ReconnectScheduled(delay=1), GaveUp()).phase == "failed"
    assert after(ReconnectScheduled(delay=1), GaveUp()).retry_at is None


def test_every_word_of_a_connection_is_understood() -> None:
    words = {word for word in known(SocketAction) if word.__module__.startswith("socketstore.")}
    assert words - {SocketAction, StreamAction} == set(HANDLERS)


def test_a_named_slice_hears_only_its_own_connection() -> None:
    assert after(Connecting(connection="other"), name="mine") == ConnectionState()
    assert after(Connecting(connection="mine"), name="mine").phase == "connecting"


def test_what_does_not_concern_it_leaves_the_same_state() -> None:
    state = ConnectionState()
    assert connection_state(state, "something else") is state
