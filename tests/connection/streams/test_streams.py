"""Streams of a connection: from the first message to live, over gaps and sockets, in virtual time."""

from __future__ import annotations

import asyncio
import math
from contextlib import suppress
from typing import Any

import pytest
from immutables import Map

from socketstore import (
    Backoff,
    Connection,
    GapDetected,
    JustConnected,
    JustDisconnected,
    MessageRejected,
    Resync,
    Resynced,
    ResyncFailed,
    ResyncStarted,
    Silence,
    Store,
    StreamEnded,
)
from tests.connection.streams.pretend import NUMBERS, Pretence, deltas, numbered, see, standing, whole

pytestmark = pytest.mark.looptime


def answers(*snapshots: Any) -> Any:
    """A resync that answers with each of these in turn, after a second."""
    turn = iter(snapshots)
    asked: list[Resync] = []

    async def resync(request: Resync) -> Any:
        asked.append(request)
        await asyncio.sleep(1)
        answer = next(turn)
        if isinstance(answer, Exception):
            raise answer
        return answer

    resync.asked = asked  # type: ignore[attr-defined]
    return resync


async def test_messages_wait_for_the_snapshot_and_what_is_newer_follows_it() -> None:
    pretence, resync = Pretence(), answers(whole("a", 3))
    async with pretence.connection(numbered(resync)) as connection:
        await pretence.socket.receive(*deltas("a", 2, 3, 4))
        assert (pretence.seen, pretence.phases) == ({}, {"a": "resyncing"})
        assert connection.stream_figures.waiting_messages == 3
        assert connection.stream_figures.waiting_bytes > 60
        await asyncio.sleep(1.1)
        assert (pretence.seen, pretence.phases) == ({"a": [1, 2, 3, 4]}, {"a": "live"})
        assert connection.stream_figures.waiting_messages == connection.stream_figures.waiting_bytes == 0
        await pretence.socket.receive(*deltas("a", 5))
    assert pretence.seen == {"a": [1, 2, 3, 4, 5]}
    assert pretence.words() == ["ResyncStarted", "Resynced"]
    (resynced,) = pretence.all(Resynced)
    assert (resynced.applied, resynced.dropped, resynced.epoch) == (1, 2, 1)
    (request,) = resync.asked
    assert (request.stream, request.cause, request.position, request.attempt) == ("a", "new", None, 1)


async def test_messages_that_only_wait_tell_that_the_socket_is_alive() -> None:
    pretence = Pretence()
    streams = numbered(lambda request: asyncio.sleep(100), timeout=1000)
    async with pretence.connection(streams, stale_after=2, reconnect_after=math.inf):
        for number in range(2, 12):
            await pretence.socket.receive(*deltas("a", number))
            await asyncio.sleep(1)
            assert pretence.store.state["link"].stale_since is None
        await asyncio.sleep(3)
        assert pretence.store.state["link"].stale_since is not None
        await pretence.socket.receive(*deltas("a", 12))
        await asyncio.sleep(0)
        assert pretence.store.state["link"].stale_since is None
    assert pretence.seen == {}


async def test_a_gap_resyncs_its_stream_and_no_other() -> None:
    pretence, resync = Pretence(), answers(whole("a", 1), whole("b", 1), whole("a", 4))
    async with pretence.connection(numbered(resync, concurrency=1)) as connection:
        await pretence.socket.receive(*deltas("a", 1), *deltas("b", 1))
        await asyncio.sleep(3)
        await pretence.socket.receive(*deltas("a", 2, 4), *deltas("b", 2), *deltas("a", 5))
        assert pretence.phases == {"a": "resyncing", "b": "live"}
        assert pretence.seen == {"a": [1, 2], "b": [1, 2]}
        assert connection.cursors == {"a": 2, "b": 2}
        await asyncio.sleep(2)
        assert pretence.seen == {"a": [1, 2, 3, 4, 5], "b": [1, 2]}
    assert pretence.words("b") == ["ResyncStarted", "Resynced"]
    assert pretence.words("a")[2:] == ["GapDetected", "ResyncStarted", "Resynced"]
    (gap,) = pretence.all(GapDetected)
    assert (gap.stream, gap.expected, gap.got) == ("a", 3, 4)
    state = pretence.store.state["link"].streams["a"]
    assert (state.phase, state.gaps) == ("stale", 1)  # the socket has closed


async def test_the_missing_message_closes_the_gap_when_it_comes_late_and_the_resync_is_given_up() -> None:
    pretence, resync = Pretence(), answers(whole("a", 1), whole("a", 3))
    async with pretence.connection(numbered(resync)):
        await pretence.socket.receive(*deltas("a", 1))
        await asyncio.sleep(2)
        await pretence.socket.receive(*deltas("a", 3, 4))
        await asyncio.sleep(0.5)
        await pretence.socket.receive(*deltas("a", 2))
        assert (pretence.seen, pretence.phases) == ({"a": [1, 2, 3, 4]}, {"a": "live"})
        await asyncio.sleep(5)
    assert len(resync.asked) == 2
    assert len(pretence.all(Resynced)) == 2


async def test_a_repeated_message_is_dropped_and_counted() -> None:
    pretence = Pretence()
    async with pretence.connection(numbered(None)) as connection:
        await pretence.socket.receive(whole("a", 2), *deltas("a", 2, 3, 3, 1, 4))
        assert connection.stream_figures.repeated == 3
    assert pretence.seen == {"a": [1, 2, 3, 4]}


async def test_a_snapshot_too_old_to_join_is_fetched_again_after_a_delay() -> None:
    pretence, resync = Pretence(), answers(whole("a", 2), whole("a", 5))
    backoff = Backoff(4.0, jitter=0)
    async with pretence.connection(numbered(resync, backoff=backoff)):
        await pretence.socket.receive(*deltas("a", 5, 6))
        await asyncio.sleep(1.5)
        (failed,) = pretence.all(ResyncFailed)
        assert (failed.error, failed.attempt) == ("NotJoined", 1)
        assert "expected 3, got 5" in failed.message
        assert pretence.store.state["link"].streams["a"].phase == "resyncing"
        await asyncio.sleep(3)
        assert pretence.seen == {}
        await asyncio.sleep(2)
        assert pretence.seen == {"a": [1, 2, 3, 4, 5, 6]}
    assert [request.attempt for request in resync.asked] == [1, 2]


async def test_a_snapshot_on_the_socket_that_does_not_join_disturbs_no_answer_that_is_on_its_way() -> None:
    pretence, resync = Pretence(), answers(whole("a", 5))
    async with pretence.connection(numbered(resync)):
        await pretence.socket.receive(*deltas("a", 5, 6), whole("a", 2))
        await asyncio.sleep(0.5)
        await pretence.socket.receive(whole("a", 3))
        await asyncio.sleep(5)
        assert pretence.phases == {"a": "live"}
    assert len(resync.asked) == 1


async def test_a_late_second_snapshot_does_not_take_newer_messages_back() -> None:
    pretence = Pretence()
    async with pretence.connection(numbered(None)):
        await pretence.socket.receive(whole("a", 2), *deltas("a", 3, 4), whole("a", 3), *deltas("a", 5))
        assert pretence.seen == {"a": [1, 2, 3, 4, 5]}
        await pretence.socket.receive(whole("a", 7), *deltas("a", 7, 8))
        assert pretence.seen == {"a": [1, 2, 3, 4, 5, 6, 7, 8]}
    assert not pretence.all(GapDetected)


async def test_what_resync_raises_and_an_answer_that_does_not_come_are_tried_again() -> None:
    pretence = Pretence()
    turn = iter([OSError("no route"), asyncio.sleep(99), asyncio.CancelledError("by itself"), whole("a", 1)])

    async def resync(request: Resync) -> Any:
        step = next(turn)
        if isinstance(step, (OSError, asyncio.CancelledError)):
            raise step
        return await step if asyncio.iscoroutine(step) else step

    async with pretence.connection(numbered(resync, timeout=7, backoff=Backoff(2.0, jitter=0))):
        await pretence.socket.receive(*deltas("a", 1, 2))
        await asyncio.sleep(30)
        assert pretence.phases == {"a": "live"}
    failed = pretence.all(ResyncFailed)
    assert [(word.error, word.message, word.attempt) for word in failed] == [
        ("OSError", "no route", 1),
        ("TimeoutError", "resync= gave no answer within 7 s", 2),
        ("CancelledError", "by itself", 3),
    ]
    assert pretence.seen == {"a": [1, 2]}


async def test_a_resync_may_be_plain_and_ask_on_the_socket() -> None:
    pretence = Pretence()

    def resubscribe(request: Resync) -> None:
        request.connection.send({"subscribe": request.stream})

    async with pretence.connection(numbered(resubscribe, backoff=Backoff(1.0, jitter=0), timeout=5)):
        await pretence.socket.receive(whole("a", 1), *deltas("a", 3))
        await asyncio.sleep(0.1)
        assert pretence.socket.sent == ['{"subscribe":"a"}']
        await asyncio.sleep(6.5)  # nothing came: it asks again
        assert len(pretence.socket.sent) == 2
        await pretence.socket.receive(whole("a", 4), *deltas("a", 5))
        assert pretence.phases == {"a": "live"}
        await asyncio.sleep(60)
        assert len(pretence.socket.sent) == 2
    assert pretence.seen == {"a": [1, 2, 3, 4, 5]}


async def test_a_resync_may_return_the_messages_that_are_missing() -> None:
    pretence, resync = Pretence(), answers(deltas("a", 3, 4))
    async with pretence.connection(numbered(resync)):
        await pretence.socket.receive(whole("a", 2), *deltas("a", 5, 6))
        await asyncio.sleep(2)
        assert (pretence.seen, pretence.phases) == ({"a": [1, 2, 3, 4, 5, 6]}, {"a": "live"})
    assert resync.asked[0].position == 2


async def test_all_the_missing_messages_are_taken_also_when_nothing_waits_behind_them() -> None:
    pretence, resync = Pretence(), answers(deltas("a", 3, 4, 5))
    async with pretence.connection(numbered(resync, snapshot=None)):
        await pretence.socket.receive(*deltas("a", 1, 2))
        await pretence.socket.cut()
        await asyncio.sleep(3)
        assert (pretence.seen, pretence.phases) == ({"a": [1, 2, 3, 4, 5]}, {"a": "live"})
    assert [(word.applied, word.epoch) for word in pretence.all(Resynced)] == [(1, 1), (3, 2)]


async def test_what_stands_behind_a_snapshot_in_an_answer_is_taken_as_well() -> None:
    pretence, resync = Pretence(), answers([whole("a", 3), *deltas("a", 4, 5)])
    async with pretence.connection(numbered(resync)):
        await pretence.socket.receive(*deltas("a", 2, 3))
        await asyncio.sleep(2)
        assert (pretence.seen, pretence.phases) == ({"a": [1, 2, 3, 4, 5]}, {"a": "live"})
        await pretence.socket.receive(*deltas("a", 6))
        assert (pretence.seen, pretence.phases) == ({"a": [1, 2, 3, 4, 5, 6]}, {"a": "live"})


async def test_what_cannot_be_used_behind_a_snapshot_in_an_answer_is_rejected_alone() -> None:
    pretence, resync = Pretence(), answers([whole("a", 3), "nonsense", *deltas("a", 4)])
    async with pretence.connection(numbered(resync)):
        await pretence.socket.receive(*deltas("a", 3))
        await asyncio.sleep(2)
        assert (pretence.seen, pretence.phases) == ({"a": [1, 2, 3, 4]}, {"a": "live"})
        (rejected,) = pretence.all(MessageRejected)
        assert "'nonsense'" in rejected.reason


async def test_an_empty_answer_says_that_nothing_is_missing() -> None:
    pretence, resync = Pretence(), answers([], [])
    async with pretence.connection(numbered(resync, snapshot=None)):
        await pretence.socket.receive(*deltas("a", 1, 2))
        await pretence.socket.cut()
        await asyncio.sleep(1.5)
        assert pretence.phases == {"a": "resyncing"}
        await asyncio.sleep(1)
        assert pretence.phases == {"a": "live"}
    assert resync.asked[0].position == 2


async def test_an_answer_that_comes_although_it_was_cancelled_reaches_no_later_epoch() -> None:
    pretence, asked = Pretence(), []

    async def stubborn(request: Resync) -> Any:
        asked.append(request.connection.epoch)
        done = asyncio.get_running_loop().time() + 2
        while (left := done - asyncio.get_running_loop().time()) > 0.001:  # less does not move the virtual clock
            with suppress(asyncio.CancelledError):
                await asyncio.sleep(left)
        return whole("a", 50 + len(asked))

    async with pretence.connection(numbered(stubborn)):
        await pretence.socket.receive(*deltas("a", 50))
        await asyncio.sleep(1)
        await pretence.socket.cut()
        await asyncio.sleep(2.5)  # a second until the answer, another one until the next attempt
        assert pretence.phases == {"a": "resyncing"}
        assert pretence.seen == {}
        await asyncio.sleep(30)
        assert pretence.seen == {"a": [*range(1, 53)]}
    assert asked == [1, 2]


async def test_an_answer_that_is_no_action_of_the_stream_is_a_failure_that_is_told() -> None:
    pretence, resync = Pretence(), answers({"lastUpdateId": 5}, whole("a", 1))
    async with pretence.connection(numbered(resync)):
        await pretence.socket.receive(*deltas("a", 1))
        await asyncio.sleep(30)
        (failed,) = pretence.all(ResyncFailed)
        assert failed.error == "AttributeError"
        assert pretence.phases == {"a": "live"}


async def test_subscribers_are_told_once_of_what_a_resync_brings_and_may_raise(
    reported: list[BaseException | str],
) -> None:
    pretence, resync, told = Pretence(), answers(whole("a", 1)), []

    def listen(seen: Any) -> None:
        told.append(seen)
        raise RuntimeError("a listener")

    async with pretence.connection(numbered(resync)):
        await pretence.socket.receive(*deltas("a", 2, 3, 4))
        unsubscribe = pretence.store.subscribe(listen, select=lambda state: state["seen"])
        await asyncio.sleep(2)
        unsubscribe()
        assert pretence.phases == {"a": "live"}
    assert [dict(seen) for seen in told] == [{"a": (1, 2, 3, 4)}]
    assert not pretence.all(MessageRejected)
    assert len(reported) == 1
    reported.clear()


async def test_a_socket_that_is_closed_by_what_a_snapshot_changed_leaves_no_stream_live() -> None:
    pretence, resync = Pretence(), answers(whole("a", 1), whole("a", 9))
    async with pretence.connection(numbered(resync)) as connection:
        unsubscribe = pretence.store.subscribe(lambda seen: pretence.socket.abort(), select=lambda state: state["seen"])
        await pretence.socket.receive(*deltas("a", 2, 3, 4))
        await asyncio.sleep(1.5)
        unsubscribe()
        assert pretence.phases == {"a": "stale"}
        await asyncio.sleep(3)
        assert pretence.phases == {"a": "live"}
        assert connection.epoch == 2
    assert pretence.seen["a"] == [*range(1, 10)]


async def test_resyncs_wait_for_on_open_and_no_more_run_at_once_than_allowed() -> None:
    pretence, running, most = Pretence(), 0, 0

    async def on_open(connection: Connection) -> None:
        await pretence.socket.receive(*deltas("early", 1))
        await asyncio.sleep(5)
        assert most == 0

    async def resync(request: Resync) -> Any:
        nonlocal running, most
        running += 1
        most = max(most, running)
        await asyncio.sleep(1)
        running -= 1
        return whole(request.stream, 1)

    async with pretence.connection(numbered(resync, concurrency=3), on_open=on_open):
        names = [str(number) for number in range(10)]
        await pretence.socket.receive(*(delta for name in names for delta in deltas(name, 1)))
        await asyncio.sleep(10)
        assert set(pretence.phases.values()) == {"live"}
        assert len(pretence.phases) == 11
    assert most == 3


async def test_after_the_socket_opened_again_each_stream_is_stale_until_it_is_resynced() -> None:
    pretence, resync = Pretence(), answers(whole("a", 1), whole("a", 9))
    async with pretence.connection(numbered(resync)):
        await pretence.socket.receive(*deltas("a", 1, 2))
        await asyncio.sleep(2)
        await pretence.socket.cut()
        assert pretence.phases == {"a": "stale"}
        await asyncio.sleep(1.5)
        assert pretence.phases == {"a": "resyncing"}
        await pretence.socket.receive(*deltas("a", 9, 10))
        await asyncio.sleep(2)
        assert (pretence.seen, pretence.phases) == ({"a": [*range(1, 11)]}, {"a": "live"})
    assert [request.cause for request in resync.asked] == ["new", "reopened"]
    assert [word.epoch for word in pretence.all(Resynced)] == [1, 2]


async def test_what_comes_on_a_new_socket_before_on_open_has_ended_waits_as_well() -> None:
    pretence, resync = Pretence(), answers(whole("a", 1), whole("a", 9))

    async def on_open(connection: Connection) -> None:
        if connection.epoch == 2:
            await pretence.socket.receive(*deltas("a", 10))
            assert pretence.phases == {"a": "resyncing"}
            await asyncio.sleep(5)
            assert len(resync.asked) == 1

    async with pretence.connection(numbered(resync), on_open=on_open):
        await pretence.socket.receive(*deltas("a", 1))
        await asyncio.sleep(2)
        await pretence.socket.cut()
        await asyncio.sleep(8)
        assert (pretence.seen, pretence.phases) == ({"a": [*range(1, 11)]}, {"a": "live"})
    assert [request.cause for request in resync.asked] == ["new", "reopened"]


async def test_streams_that_are_no_longer_wanted_are_forgotten_after_a_reopen() -> None:
    pretence, resync = Pretence(), answers(whole("a", 1), whole("b", 1), whole("b", 1))
    streams = numbered(resync, wanted=lambda state: ["b"])
    async with pretence.connection(streams) as connection:
        await pretence.socket.receive(*deltas("a", 1), *deltas("b", 1))
        await asyncio.sleep(2)
        await pretence.socket.cut()
        await asyncio.sleep(3)
        assert connection.cursors == {"b": 1}
    assert [request.stream for request in resync.asked] == ["a", "b", "b"]


async def test_a_stream_that_is_no_longer_wanted_is_ended_at_once_and_begins_anew_when_it_is_wanted_again() -> None:
    pretence, asked = Pretence(), []

    async def resync(request: Resync) -> Any:
        asked.append(request.stream)
        await asyncio.sleep(1)
        if request.stream == "b":
            raise OSError("nobody serves it")
        return whole("a", 5)

    streams = numbered(
        resync, wanted=lambda state: state["wanted"], detect=[NUMBERS, Silence(10)], backoff=Backoff(5.0, jitter=0)
    )
    async with pretence.connection(streams) as connection:
        pretence.want("a", "b")
        await pretence.socket.receive(whole("a", 1), *deltas("b", 3, 4))
        await asyncio.sleep(1.5)
        assert pretence.phases == {"a": "live", "b": "resyncing"}
        pretence.want()
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        assert pretence.phases == {}
        assert connection.stream_figures.waiting_messages == 0
        assert connection.cursors == {}
        said = len(pretence.words())
        await pretence.socket.receive(*deltas("a", 2), *deltas("b", 5))  # the server had not heard of it yet
        await asyncio.sleep(100)
        assert len(pretence.words()) == said
        assert (pretence.seen, asked) == ({"a": [1]}, ["b"])
        pretence.want("a")
        await asyncio.sleep(1)
        await pretence.socket.receive(*deltas("a", 6))
        await asyncio.sleep(2)
        assert (pretence.seen, pretence.phases) == ({"a": [1, 2, 3, 4, 5, 6]}, {"a": "live"})
        await asyncio.sleep(11)
        assert pretence.phases == {"a": "stale"}
    assert [word.stream for word in pretence.all(StreamEnded)] == ["a", "b"]


async def test_a_wanted_that_raises_is_reported_and_every_stream_is_resynced(
    reported: list[BaseException | str],
) -> None:
    pretence, resync = Pretence(), answers(whole("a", 1), whole("a", 1))
    async with pretence.connection(numbered(resync, wanted=lambda state: 1 / 0)):
        await pretence.socket.receive(*deltas("a", 1))
        await asyncio.sleep(2)
        await pretence.socket.cut()
        await asyncio.sleep(3)
        assert pretence.phases == {"a": "live"}
    assert {type(error) for error in reported} == {ZeroDivisionError}
    reported.clear()


async def test_a_check_that_returns_no_verdict_rejects_the_message_and_says_so() -> None:
    pretence = Pretence()

    class Careless(type(NUMBERS)):  # type: ignore[misc]
        def check(self, position: Any, message: Any) -> Any:
            return message.number == position + 1

    async with pretence.connection(numbered(None, detect=Careless(lambda delta: delta.number))):
        await pretence.socket.receive(whole("a", 1), *deltas("a", 2))
    (rejected,) = pretence.all(MessageRejected)
    assert "check returned True; expected Follows, Repeated or Missing" in rejected.reason


async def test_a_server_that_resumes_gets_the_cursors_and_the_stream_is_live_without_a_resync() -> None:
    pretence, resync, cursors = Pretence(), answers(whole("a", 1)), []
    async with pretence.connection(
        numbered(resync, resume=True), on_open=lambda connection: cursors.append(dict(connection.cursors))
    ):
        await pretence.socket.receive(*deltas("a", 1, 2, 3))
        await asyncio.sleep(2)
        await pretence.socket.cut()
        await asyncio.sleep(1.5)
        assert pretence.phases == {"a": "stale"}
        await pretence.socket.receive(*deltas("a", 2, 4, 5))
        assert (pretence.seen, pretence.phases) == ({"a": [1, 2, 3, 4, 5]}, {"a": "live"})
        await asyncio.sleep(30)
    assert cursors == [{}, {"a": 3}]
    assert len(resync.asked) == 1
    assert pretence.words() == ["ResyncStarted", "Resynced", "Resynced"]


async def test_a_server_that_resumes_in_the_wrong_place_or_says_nothing_is_a_reason_to_resync() -> None:
    pretence, resync = Pretence(), answers(whole("a", 3), whole("b", 3), whole("a", 7), whole("b", 3))
    async with pretence.connection(numbered(resync, resume=True, timeout=5)):
        await pretence.socket.receive(*deltas("a", 3), *deltas("b", 3))
        await asyncio.sleep(2)
        await pretence.socket.cut()
        await asyncio.sleep(1.5)
        await pretence.socket.receive(*deltas("a", 7))
        await asyncio.sleep(2)
        assert pretence.phases == {"a": "live", "b": "stale"}
        await asyncio.sleep(5)
        assert pretence.phases == {"a": "live", "b": "live"}
    assert [(request.stream, request.cause) for request in resync.asked[2:]] == [("a", "gap"), ("b", "reopened")]


async def test_a_resync_that_runs_when_the_socket_dies_is_cancelled_and_what_waited_stays_out_of_the_next_epoch() -> (
    None
):
    pretence, ended = Pretence(), []

    async def resync(request: Resync) -> Any:
        try:
            await asyncio.sleep(5 if request.connection.epoch == 1 else 0)
        except asyncio.CancelledError:
            ended.append(request.stream)
            raise
        return whole("a", 8)

    async with pretence.connection(numbered(resync)) as connection:
        await pretence.socket.receive(*deltas("a", 1, 2))
        await asyncio.sleep(1)
        await pretence.socket.cut()
        assert connection.stream_figures.waiting_messages == 0
        await asyncio.sleep(1.5)
        assert ended == ["a"]
        await pretence.socket.receive(*deltas("a", 9))
        await asyncio.sleep(20)
    assert pretence.seen == {"a": [*range(1, 10)]}
    epochs = [action.epoch for action in pretence.all(JustConnected)]
    assert epochs == [1, 2]


async def test_nothing_of_a_stream_is_dispatched_after_the_close() -> None:
    pretence, resync = Pretence(), answers(whole("a", 1))
    async with pretence.connection(numbered(resync)) as connection:
        await pretence.socket.receive(*deltas("a", 1))
        connection.close()
    await asyncio.sleep(10)
    assert type(pretence.store.state["diary"][-1]) is JustDisconnected
    assert pretence.seen == {}


async def test_too_much_that_waits_is_dropped_and_the_stream_is_resynced_from_there() -> None:
    pretence, resync = Pretence(), answers(whole("a", 4), whole("a", 6))
    streams = numbered(resync, max_messages=3, backoff=Backoff(1.0, jitter=0))
    async with pretence.connection(streams) as connection:
        await pretence.socket.receive(*deltas("a", 2, 3, 4, 5))
        assert connection.stream_figures.waiting_messages == 0
        (failed,) = pretence.all(ResyncFailed)
        assert failed.error == "Overflow"
        await pretence.socket.receive(*deltas("a", 6, 7))
        await asyncio.sleep(10)
        assert (pretence.seen, pretence.phases) == ({"a": [1, 2, 3, 4, 5, 6, 7]}, {"a": "live"})


async def test_a_stream_that_fills_the_room_does_not_take_it_from_the_others() -> None:
    pretence, resync = Pretence(), answers(*[whole("a", 4)] * 9)
    async with pretence.connection(numbered(resync, max_messages=4)) as connection:
        await pretence.socket.receive(*deltas("a", 1, 2, 3, 4), *deltas("b", 1))
        assert connection.stream_figures.waiting_messages == 1
        assert [word.stream for word in pretence.all(ResyncFailed)] == ["a"]


async def test_what_a_function_of_the_program_raises_rejects_the_message_and_harms_nothing_else() -> None:
    pretence = Pretence()

    def stream_of(action: Any) -> Any:
        if action.stream == "bad":
            raise KeyError(action.stream)
        return 5 if action.stream == "number" else action.stream

    async with pretence.connection(numbered(None, of=stream_of)):
        await pretence.socket.receive(
            whole("a", 1), *deltas("bad", 1), *deltas("number", 1), *deltas("a", 2), "no json", *deltas("a", 3)
        )
        assert pretence.seen == {"a": [1, 2, 3]}
    reasons = [word.reason for word in pretence.all(MessageRejected)]
    assert reasons[0] == "streams= raised KeyError: 'bad'"
    assert "of= returned 5; expected the name of a stream, or None" in reasons[1]


async def test_a_message_that_could_not_be_reduced_is_missing_from_the_state_and_the_stream_is_resynced(
    reported: list[BaseException | str],
) -> None:
    pretence, resync = Pretence(), answers(whole("a", 665), whole("a", 667))
    async with pretence.connection(numbered(resync)):
        await pretence.socket.receive(*deltas("a", 665))
        await asyncio.sleep(20)
        await pretence.socket.receive(*deltas("a", 666, 667))
        assert pretence.phases == {"a": "resyncing"}
        await asyncio.sleep(2)
        assert pretence.phases == {"a": "live"}
        assert len(pretence.seen["a"]) == 667
    assert resync.asked[1].cause == "rejected"
    assert [type(error) for error in reported] == [ValueError]
    reported.clear()


async def test_resyncs_that_fail_at_once_do_not_storm() -> None:
    pretence, asked = Pretence(), 0

    def resync(request: Resync) -> Any:
        nonlocal asked
        asked += 1
        return whole("a", 5)

    async with pretence.connection(numbered(resync, backoff=Backoff(1.0, maximum=60, jitter=0))):
        for number in range(7, 3600, 2):  # each has a gap before it
            await pretence.socket.receive(*deltas("a", number))
            await asyncio.sleep(1)
    assert 5 < asked <= 3600 / 60 + 8


async def test_a_recorded_session_replays_without_a_network_and_without_detectors() -> None:
    pretence, resync = Pretence(), answers(whole("a", 1), whole("a", 5), whole("a", 20))
    async with pretence.connection(numbered(resync)):
        await pretence.socket.receive(*deltas("a", 1, 2))
        await asyncio.sleep(2)
        await pretence.socket.receive(*deltas("a", 4, 6, 5, 4))
        await asyncio.sleep(2)
        await pretence.socket.cut()
        await asyncio.sleep(3)
    replayed: Store[Any] = Store(see, Map())
    for action in pretence.store.state["diary"]:
        replayed.dispatch(action)
    assert replayed.state == pretence.store.state["seen"]
    assert len(pretence.all(ResyncStarted)) == 3


async def test_a_snapshot_is_told_by_the_function_of_the_program() -> None:
    assert standing(whole("a", 3)) == 3
    assert standing(deltas("a", 3)[0]) is None
