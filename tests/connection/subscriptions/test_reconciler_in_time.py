"""Answers that do not come, messages that may not come too quickly, waiting for one key: in virtual time."""

from __future__ import annotations

import asyncio

import pytest

from socketstore import ConnectionLost, NotOpen, SubscriptionFailed
from tests.connection.subscriptions.desk import Desk, by_id, subscriptions
from tests.sockets.peers import rounds

pytestmark = pytest.mark.looptime


# Answers that do not come.


async def test_without_an_answer_in_time_a_subscription_counts_as_refused() -> None:
    desk = Desk(subscriptions(timeout=5.0), "a", "b")
    desk.open()
    await desk.hear({"ok": ["b"]})
    await asyncio.sleep(4.9)
    assert desk.refused == {}
    await asyncio.sleep(0.2)
    assert desk.refused == {"a": "no answer within 5 s"}
    await desk.want("a", "b", "c")
    assert desk.sent[1:] == [{"sub": ["c"]}]


async def test_an_answer_that_comes_late_counts_all_the_same() -> None:
    for of, answer in ((subscriptions(timeout=5.0), {"ok": ["a"]}), (by_id(timeout=5.0), {"done": 1})):
        desk = Desk(of, "a")
        desk.open()
        await asyncio.sleep(60)
        assert await desk.hear(answer)
        assert desk.connection.subscribed == {"a"}
        assert desk.refused == {}
        assert len(desk.sent) == 1


async def test_a_key_without_an_answer_that_is_not_wanted_any_more_is_ended_to_be_sure() -> None:
    desk = Desk(subscriptions(timeout=5.0), "a", "b")
    desk.open()
    await desk.want("b")
    await asyncio.sleep(6)
    assert desk.sent[1:] == [{"unsub": ["a"]}]
    await desk.want()
    assert desk.sent[2:] == [{"unsub": ["b"]}]
    assert desk.said == (
        ("SubscriptionRefused", "b", "no answer within 5 s"),
        ("Unsubscribed", "a"),
        ("Unsubscribed", "b"),
    )
    await desk.hear({"ok": ["a", "b"]})
    assert desk.connection.subscribed == frozenset()


async def test_without_a_timeout_an_answer_is_awaited_for_ever() -> None:
    desk = Desk(subscriptions(timeout=None), "a")
    desk.open()
    await asyncio.sleep(1_000_000)
    assert desk.said == ()
    await desk.hear({"ok": ["a"]})
    assert desk.connection.subscribed == {"a"}


async def test_the_answer_to_an_end_that_comes_too_late_is_left_to_others() -> None:
    desk = Desk(by_id(timeout=5.0), "a")
    desk.open()
    await desk.hear({"done": 1})
    await desk.want()
    await asyncio.sleep(6)
    assert not await desk.hear({"done": 2})


async def test_no_alarm_is_left_when_the_socket_has_closed() -> None:
    desk = Desk(subscriptions(timeout=5.0, pause=1.0, batch=1), "a", "b")
    desk.open()
    desk.close()
    alarms: list[asyncio.TimerHandle] = asyncio.get_running_loop()._scheduled  # type: ignore[attr-defined]
    assert [alarm for alarm in alarms if not alarm.cancelled()] == []
    said = desk.said
    await asyncio.sleep(60)
    assert (desk.said, desk.sent) == (said, [{"sub": ["a"]}])


# Pauses.


async def test_messages_follow_one_another_no_quicker_than_the_pause_allows() -> None:
    desk = Desk(subscriptions(pause=0.2, batch=1), "a", "b", "c")
    desk.open()
    await asyncio.sleep(10)
    start = desk.line.times[0]
    assert [time - start for time in desk.line.times] == pytest.approx([0.0, 0.2, 0.4])


async def test_what_is_no_longer_wanted_when_its_turn_comes_is_not_asked_for() -> None:
    desk = Desk(subscriptions(pause=1.0, batch=2), "a", "b", "c", "d", "e")
    desk.open()
    await desk.want("a", "b", "d", "x")
    await asyncio.sleep(10)
    assert desk.sent == [{"sub": ["a", "b"]}, {"sub": ["d", "x"]}]


async def test_an_end_is_not_overtaken_by_what_is_asked_for_after_it() -> None:
    desk = Desk(subscriptions(pause=1.0, batch=1), "a")
    desk.open()
    await desk.hear({"ok": ["a"]})
    await desk.want("b")
    await asyncio.sleep(10)
    assert desk.sent == [{"sub": ["a"]}, {"unsub": ["a"]}, {"sub": ["b"]}]


# One key again.


async def resubscribing(desk: Desk, *keys: str) -> asyncio.Task[None]:
    task = asyncio.ensure_future(desk.part.again(keys))
    await rounds(3)
    return task


async def test_a_key_is_ended_and_asked_for_again_and_its_answer_awaited() -> None:
    desk = Desk(None, "a", "b")
    desk.open()
    await desk.hear({"ok": ["a", "b"]})
    task = await resubscribing(desk, "a")
    assert desk.sent[1:] == [{"unsub": ["a"]}, {"sub": ["a"]}]
    assert desk.connection.subscribed == {"b"}
    await desk.hear({"left": ["a"]})
    assert not task.done()
    await desk.hear({"ok": ["a"]})
    assert task.done()
    await task
    assert desk.connection.subscribed == {"a", "b"}


async def test_two_that_want_the_same_key_again_share_one_answer() -> None:
    desk = Desk(None, "a")
    desk.open()
    await desk.hear({"ok": ["a"]})
    tasks = [await resubscribing(desk, "a"), await resubscribing(desk, "a")]
    tasks[0].cancel()
    await desk.hear({"ok": ["a"]})
    await tasks[1]
    assert len(desk.sent) == 3


async def test_a_key_whose_answer_is_awaited_already_is_only_waited_for() -> None:
    desk = Desk(None, "a")
    desk.open()
    task = await resubscribing(desk, "a")
    await desk.hear({"ok": ["a"]})
    await task
    assert len(desk.sent) == 1


async def test_what_was_refused_may_be_asked_for_again() -> None:
    desk = Desk(None, "a")
    desk.open()
    await desk.hear({"no": ["a"], "why": "busy"})
    task = await resubscribing(desk, "a")
    assert desk.sent[1:] == [{"sub": ["a"]}]
    await desk.hear({"no": ["a"], "why": "still busy"})
    with pytest.raises(SubscriptionFailed, match="'a' failed: still busy") as raised:
        await task
    assert (raised.value.key, raised.value.reason) == ("a", "still busy")


async def test_a_late_answer_to_the_first_message_is_no_answer_to_the_second() -> None:
    desk = Desk(subscriptions(timeout=5.0, pause=1.0, batch=1), "a")
    desk.open()
    await asyncio.sleep(6)
    await desk.want("a", "b")  # takes the turn, so that the end of "a" has to wait
    task = await resubscribing(desk, "a")
    await desk.hear({"ok": ["a"]})
    assert not task.done()
    await asyncio.sleep(3)
    assert desk.sent[2:] == [{"unsub": ["a"]}, {"sub": ["a"]}]
    await desk.hear({"ok": ["a"]})
    await task


async def test_a_key_that_the_server_ends_before_it_could_be_asked_for_again_is_left_alone() -> None:
    desk = Desk(subscriptions(pause=1.0), "a")
    desk.open()
    await desk.hear({"ok": ["a"]})
    task = await resubscribing(desk, "a")
    await desk.hear({"no": ["a"], "why": "delisted"})
    with pytest.raises(SubscriptionFailed, match="delisted"):
        await task
    await asyncio.sleep(10)
    assert desk.sent == [{"sub": ["a"]}]


@pytest.mark.parametrize(
    ("keys", "reason"), [((), "not wanted"), (("a",), "no answer within 10 s")], ids=["unwanted", "unanswered"]
)
async def test_waiting_for_a_key_ends_when_there_will_be_no_answer(keys: tuple[str, ...], reason: str) -> None:
    desk = Desk(None, *keys)
    desk.open()
    with pytest.raises(SubscriptionFailed, match=reason):
        await desk.part.again(["a"])


async def test_waiting_ends_when_the_key_becomes_unwanted() -> None:
    desk = Desk(None, "a")
    desk.open()
    task = await resubscribing(desk, "a")
    await desk.want()
    with pytest.raises(SubscriptionFailed, match="not wanted"):
        await task


async def test_waiting_ends_with_the_socket() -> None:
    desk = Desk(None, "a")
    desk.open()
    task = await resubscribing(desk, "a")
    desk.close()
    with pytest.raises(ConnectionLost, match="asked for again on the next one"):
        await task
    with pytest.raises(NotOpen):
        await desk.part.again(["a"])


async def test_within_on_open_there_is_nothing_to_wait_for() -> None:
    desk = Desk(None, "a")
    desk.open(ready=False)
    with pytest.raises(NotOpen, match="past its on_open"):
        await desk.part.again(["a"])


async def test_a_key_that_cannot_be_ended_is_not_waited_for(reported: list[BaseException | str]) -> None:
    desk = Desk(subscriptions(unsubscribe=lambda _: 1 / 0), "a")
    desk.open()
    await desk.hear({"ok": ["a"]})
    with pytest.raises(SubscriptionFailed, match="unsubscribe= raised ZeroDivisionError"):
        await desk.part.again(["a"])
    assert desk.connection.subscribed == {"a"}
    reported.clear()
