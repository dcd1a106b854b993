"""The slice that tells where a connection stands."""

from __future__ import annotations

from functools import reduce

from socketstore import (
    Connecting,
    ConnectionState,
    GapDetected,
    GotError,
    GotMessage,
    JustConnected,
    JustDisconnected,
    MessageRejected,
    ReconnectScheduled,
    Resynced,
    StreamState,
    connection_state,
    connection_state_for,
)


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
    assert state.streams["b"] == StreamState("resyncing", reason="expected 1, got 2", gaps=1)


def test_a_named_slice_hears_only_its_own_connection() -> None:
    assert after(Connecting(connection="other"), name="mine") == ConnectionState()
    assert after(Connecting(connection="mine"), name="mine").phase == "connecting"


def test_what_does_not_concern_it_leaves_the_same_state() -> None:
    state = ConnectionState()
    assert connection_state(state, "something else") is state
