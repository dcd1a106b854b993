"""What becomes of a message for which the outbox has no room."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable

import pytest

from socketstore import MessageDropped, NotOpen, Outbox, OutboxFull, UsageError
from tests.connection.diary import the
from tests.connection.wires import Bench
from tests.sockets.peers import rounds


async def resolved(wait: Awaitable[None]) -> bool:
    """Whether an awaitable ends within some rounds of the event loop; it is cancelled if not."""
    task = asyncio.ensure_future(awaited(wait))
    await rounds(5)
    done = task.done()
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    return done


async def awaited(wait: Awaitable[None]) -> None:
    await wait


def filled(outbox: Outbox, *messages: str) -> Bench:
    bench = Bench(outbox)
    for message in messages:
        bench.send(message)
    return bench


async def test_by_default_a_message_too_many_is_refused_and_nothing_is_dropped() -> None:
    bench = filled(Outbox(limit=2), "a", "b")
    with pytest.raises(OutboxFull, match="holds 2 messages of 2 bytes, and got one of 1 bytes more; it may hold 2"):
        bench.send("c")
    assert (bench.left, bench.dropped) == (["a", "b"], [])


async def test_bytes_are_bounded_as_well() -> None:
    bench = filled(Outbox(max_bytes=10), "aaaa", "ééé")
    with pytest.raises(OutboxFull, match="of 10 bytes"):
        bench.send("c")
    assert bench.sender.waiting.bytes == 10


async def test_drop_oldest_drops_as_many_as_must_go_and_says_so_in_their_order() -> None:
    bench = filled(Outbox(max_bytes=6, when_full="drop_oldest"), "aa", "bb", "cc")
    bench.send(b"ddd")
    assert (bench.left, bench.dropped) == (["cc", b"ddd"], ["aa", "bb"])


async def test_drop_newest_drops_the_new_one_and_says_so() -> None:
    bench = filled(Outbox(limit=1, when_full="drop_newest"), "a", "b")
    assert (bench.left, bench.dropped) == (["a"], ["b"])
    dropped = the(bench.store.state, MessageDropped)
    assert (dropped.connection, dropped.epoch) == ("bench", None)
    assert dropped.reason == "there was no room for it in the outbox"


async def test_a_message_that_never_fits_drops_no_other() -> None:
    bench = filled(Outbox(max_bytes=3, when_full="drop_oldest"), "a", "bbbb")
    assert (bench.left, bench.dropped) == (["a"], ["bbbb"])


async def test_a_message_that_never_fits_does_not_wait_for_room() -> None:
    bench = filled(Outbox(max_bytes=3, when_full="wait"), "a")
    with pytest.raises(OutboxFull):
        bench.send("bbbb")


async def test_awaiting_waits_for_room_and_no_longer() -> None:
    bench = filled(Outbox(limit=2, when_full="wait"), "a")
    assert await resolved(bench.send("b"))
    senders = [asyncio.create_task(awaited(bench.send(message))) for message in "cde"]
    await rounds(3)
    assert not any(task.done() for task in senders)
    wire = bench.open(takes=1)
    await rounds(5)
    assert wire.written == ["a", "b"]  # the second one stands in the buffer of the socket
    await bench.cut()
    await rounds(3)
    assert [task.done() for task in senders] == [True, True, False]
    assert bench.left == ["c", "d", "e"]
    assert bench.open().written == ["c", "d", "e"]
    await asyncio.gather(*senders)


async def test_who_stops_waiting_for_room_takes_the_message_back() -> None:
    bench = filled(Outbox(limit=1, when_full="wait"), "a")
    assert not await resolved(bench.send("b"))
    assert (bench.left, bench.dropped) == (["a"], [])


async def test_who_does_not_await_stands_in_line_all_the_same_but_not_without_a_bound() -> None:
    messages = [str(number) for number in range(1002)]
    bench = filled(Outbox(limit=2, when_full="wait"), *messages)
    with pytest.raises(OutboxFull):
        bench.send("e")
    assert bench.left == messages
    wire = bench.open()
    while bench.left:
        await rounds(1)
    await rounds(2)
    assert wire.written == messages


async def test_those_who_await_are_not_counted_against_those_who_do_not() -> None:
    bench = filled(Outbox(limit=1, when_full="wait"), "first")
    senders = []
    for number in range(2000):
        senders.append(asyncio.create_task(awaited(bench.send(str(number)))))
        if number % 1000 == 0:
            await rounds(2)
    bench.open()
    await asyncio.gather(*senders)
    assert bench.wire.written == ["first", *(str(number) for number in range(2000))]


async def test_those_who_do_not_await_are_counted_no_longer_once_they_are_inside() -> None:
    bench = filled(Outbox(limit=1000, when_full="wait"), *map(str, range(2000)))
    wire = bench.open(takes=999)
    while len(wire.written) < 1000:
        await rounds(1)
    await bench.cut()
    for number in range(2000, 3000):
        bench.send(str(number))
    assert bench.left == [str(number) for number in range(1000, 3000)]


async def test_a_small_message_does_not_overtake_a_large_one_that_stands_outside() -> None:
    bench = filled(Outbox(max_bytes=4, when_full="wait"), "aaa", "bb", "c")
    assert bench.open().written == ["aaa", "bb", "c"]


async def test_large_messages_that_nobody_awaits_are_bounded_by_their_size() -> None:
    half = "x" * 600_000
    bench = filled(Outbox(limit=1, max_bytes=600_000, when_full="wait"), half, half)
    with pytest.raises(OutboxFull):
        bench.send(half)


async def test_who_waits_for_room_is_told_that_there_will_be_none() -> None:
    bench = filled(Outbox(limit=1, when_full="wait"), "a")
    sender = asyncio.create_task(awaited(bench.send("b")))
    await rounds(2)
    bench.sender.ended()
    with pytest.raises(NotOpen, match="was closed before the message was sent"):
        await sender
    assert bench.dropped == ["a", "b"]


async def test_a_key_takes_the_place_of_the_one_that_waits_and_stands_behind_the_others() -> None:
    bench = Bench(Outbox())
    for data, key in (("1", "cursor"), ("a", None), ("2", "cursor"), ("b", None), ("x", "other"), ("3", "cursor")):
        bench.send(data, key=key)
    assert bench.open().written == ["a", "b", "x", "3"]
    assert bench.dropped == []


async def test_a_key_needs_no_room_of_its_own() -> None:
    bench = Bench(Outbox(limit=2))
    bench.send("1", key="cursor")
    bench.send("a")
    bench.send("2", key="cursor")
    with pytest.raises(OutboxFull):
        bench.send("b")
    assert bench.left == ["a", "2"]


async def test_what_was_replaced_does_not_count_as_dropped_where_others_are() -> None:
    bench = Bench(Outbox(max_bytes=4, when_full="drop_oldest"))
    bench.send("11", key="cursor")
    bench.send("a")
    bench.send("2222", key="cursor")
    assert (bench.left, bench.dropped) == (["2222"], ["a"])


async def test_a_refused_message_leaves_the_one_under_its_key() -> None:
    bench = Bench(Outbox(max_bytes=4))
    bench.send("1", key="cursor")
    with pytest.raises(OutboxFull):
        bench.send("22222", key="cursor")
    assert bench.left == ["1"]


async def test_a_message_that_stands_outside_can_be_replaced_too() -> None:
    bench = filled(Outbox(limit=1, when_full="wait"), "a")
    for data in ("1", "2"):
        bench.send(data, key="cursor")
    assert bench.left == ["a", "2"]
    bench.open()
    assert bench.wire.written == ["a", "2"]


async def test_once_sent_a_key_replaces_nothing() -> None:
    bench = Bench(Outbox())
    wire = bench.open()
    bench.send("1", key="cursor")
    bench.send("2", key="cursor")
    assert wire.written == ["1", "2"]


async def test_a_subscriber_that_hears_of_a_drop_may_send() -> None:
    bench = Bench(Outbox(limit=2, when_full="drop_oldest"))
    bench.store.subscribe(lambda diary: bench.send("instead") if diary[-1].data == "a" else None)
    for data in "abc":
        bench.send(data)
    assert (bench.left, bench.dropped) == (["c", "instead"], ["a", "b"])


@pytest.mark.parametrize(
    "settings",
    [
        {"limit": 0},
        {"limit": 1.5},
        {"limit": True},
        {"max_bytes": 0},
        {"when_full": "drop"},
        {"ttl": -1},
        {"ttl": float("nan")},
        {"ttl": "5"},
        {"ttl": True},
    ],
)
def test_settings_that_cannot_be_meant_are_refused(settings: dict[str, object]) -> None:
    with pytest.raises(UsageError, match="expected"):
        Outbox(**settings)  # type: ignore[arg-type]
