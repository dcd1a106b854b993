"""How long a message may wait, in virtual time."""

from __future__ import annotations

import asyncio

import pytest

from socketstore import Connection, MessageDropped, Outbox
from tests.connection.diary import Diary, new_diary, until
from tests.connection.wires import Bench

pytestmark = pytest.mark.looptime


def now() -> float:
    return asyncio.get_running_loop().time()


async def test_a_message_that_waits_too_long_is_dropped_in_that_moment_and_not_at_the_next_open() -> None:
    bench = Bench(Outbox())
    times: list[float] = []
    bench.store.subscribe(lambda _: times.append(now()))
    for seconds in (3, 1, 2):
        bench.send(str(seconds), ttl=seconds)
    bench.send("for ever")
    begin = now()
    await asyncio.sleep(10)
    assert [time - begin for time in times] == pytest.approx([1, 2, 3])
    assert (bench.dropped, bench.left) == (["1", "2", "3"], ["for ever"])
    reasons = [action.reason for action in bench.store.state if isinstance(action, MessageDropped)]
    assert reasons[0] == "it could not be sent within 1 s"


async def test_the_outbox_says_how_long_unless_the_message_does() -> None:
    store = new_diary()
    connection = Connection("ws://127.0.0.1:1", store, outbox=Outbox(ttl=5))
    connection.send("short", ttl=1)
    connection.send("usual")
    connection.send("long", ttl=3600)
    await asyncio.sleep(6)
    assert [action.data for action in store.state] == ["short", "usual"]
    await asyncio.sleep(3600)
    assert (len(store.state), connection.waiting.messages) == (3, 0)


async def test_no_time_at_all_means_now_or_not() -> None:
    bench = Bench(Outbox())
    bench.send("too early", ttl=0)
    await asyncio.sleep(0.001)
    wire = bench.open()
    bench.send("in time", ttl=0)
    assert (wire.written, bench.dropped) == (["in time"], ["too early"])


async def test_what_is_too_old_is_not_sent_although_the_timer_comes_late() -> None:
    bench = Bench(Outbox())
    bench.send("old", ttl=0)
    bench.send("new")
    assert bench.open().written == ["new"]  # without one round of the event loop
    assert bench.dropped == ["old"]


async def test_a_message_that_was_sent_does_not_grow_too_old() -> None:
    bench = Bench(Outbox())
    bench.send("x", ttl=1)
    bench.open()
    await asyncio.sleep(2)
    assert bench.dropped == []


async def test_a_replaced_message_takes_its_time_with_it() -> None:
    bench = Bench(Outbox())
    bench.send("1", key="cursor", ttl=1)
    bench.send("2", key="cursor", ttl=10)
    await asyncio.sleep(5)
    assert (bench.left, bench.dropped) == (["2"], [])


async def test_the_times_of_replaced_messages_do_not_pile_up() -> None:
    bench = Bench(Outbox())
    for number in range(10_000):
        bench.send(str(number), key="cursor", ttl=3600)
    assert len(bench.sender._deadlines._heap) <= 65
    await asyncio.sleep(3601)
    assert bench.dropped == ["9999"]


async def test_a_message_that_stands_outside_grows_old_too_and_room_is_given_to_the_next() -> None:
    bench = Bench(Outbox(limit=1, when_full="wait"))
    bench.send("a", ttl=2)
    for data, ttl in (("b", 1.0), ("c", 10.0)):
        bench.send(data, ttl=ttl)
    await asyncio.sleep(1.5)
    assert bench.dropped == ["b"]
    waiting = asyncio.ensure_future(_awaited(bench))
    await asyncio.sleep(1)
    assert (bench.dropped, waiting.done()) == (["b", "a"], False)
    bench.sender.ended()
    await asyncio.gather(waiting, return_exceptions=True)


async def test_those_that_grew_too_old_outside_make_room_there() -> None:
    bench = Bench(Outbox(limit=1, when_full="wait"))
    bench.send("inside")
    for _ in range(2):
        for _ in range(1000):
            bench.send("outside", ttl=1)
        await asyncio.sleep(2)
    assert (len(bench.dropped), bench.left) == (2000, ["inside"])


async def test_after_the_end_nothing_grows_old() -> None:
    bench = Bench(Outbox())
    bench.send("x", ttl=5)
    bench.sender.ended()
    assert bench.sender._deadlines._timer is None
    said: list[Diary] = []
    bench.store.subscribe(said.append)
    await asyncio.sleep(10)
    assert (said, bench.dropped) == ([], ["x"])


async def test_the_state_counts_what_was_dropped_while_there_is_no_socket() -> None:
    store = new_diary()
    connection = Connection("ws://127.0.0.1:1", store)
    connection.send("x", ttl=1)
    await until(store, MessageDropped)
    assert [action.epoch for action in store.state] == [None]


async def _awaited(bench: Bench) -> None:
    await bench.send("d")
