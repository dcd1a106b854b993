"""One stream, step by step, where chance would seldom lead."""

from __future__ import annotations

import pytest

from socketstore import Missing, Numbers, Streams
from tests.connection.streams.bench import ORDERINGS, Bench, Delta, Whole, streams


def deltas(*numbers: int) -> list[Delta]:
    return [Delta(number) for number in numbers]


def live(kind: str, number: int, *, resume: bool = False) -> Bench:
    """A stream that is live after a snapshot and one more message."""
    bench = Bench(streams(kind, resume=resume))
    bench.come(*deltas(number))
    assert bench.answer(Whole(number - 1)) is None
    assert bench.is_live
    return bench


@pytest.mark.parametrize("kind", ["numbers", "ranges", "ranges with the last id of the message before"])
def test_what_waits_out_of_order_is_dispatched_in_order(kind: str) -> None:
    bench = Bench(streams(kind))
    bench.come(*deltas(6, 3, 5, 4, 3))
    assert bench.repeated == 1
    assert bench.answer(Whole(2)) is None
    assert bench.is_live
    assert bench.seen == [1, 2, 3, 4, 5, 6]


@pytest.mark.parametrize("kind", ORDERINGS)
def test_a_snapshot_from_before_what_had_to_be_dropped_is_of_no_use(kind: str) -> None:
    bench = Bench(streams(kind, max_messages=3))
    bench.come(*deltas(2, 3, 4, 5))
    assert bench.failed == ["Overflow"]
    if kind != "links":  # there it cannot be told
        assert "before what is known already" in str(bench.answer(Whole(4)))
    bench.answer(Whole(5))
    assert bench.is_live
    bench.come(*deltas(6))
    assert bench.seen == [1, 2, 3, 4, 5, 6]


def test_a_server_that_began_anew_meanwhile_is_followed_from_its_snapshot_on() -> None:
    bench = live("numbers", 50)
    bench.reconnect()
    bench.come(*deltas(3, 4))
    assert bench.answer(Whole(2)) is None
    assert bench.is_live
    assert bench.seen == [1, 2, 3, 4]


def test_of_ids_that_cannot_be_compared_those_of_shortly_before_are_known() -> None:
    bench = live("links", 5)
    bench.come(*deltas(6, 5, 7, 5))
    assert bench.is_live
    assert (bench.seen, bench.repeated) == ([1, 2, 3, 4, 5, 6, 7], 2)


def test_what_was_known_beyond_a_snapshot_on_a_new_socket_comes_again() -> None:
    bench = live("links", 5)
    bench.come(*deltas(6, 7))
    bench.reconnect()
    assert bench.answer(Whole(5)) is None
    bench.come(*deltas(7))
    assert not bench.is_live
    bench.come(*deltas(6))
    assert bench.is_live
    assert bench.seen == [1, 2, 3, 4, 5, 6, 7]


def test_a_snapshot_that_is_known_to_join_nothing_yet_waits_for_what_it_joins() -> None:
    bench = Bench(streams("links"))
    bench.come(*deltas(3, 4))
    assert bench.answer(Whole(6)) is None  # further than the socket has brought
    assert not bench.is_live
    bench.come(*deltas(5))
    assert not bench.is_live
    bench.come(*deltas(6))
    assert bench.is_live
    bench.come(*deltas(7))
    assert bench.seen == [1, 2, 3, 4, 5, 6, 7]


def test_a_snapshot_that_could_not_be_reduced_leaves_what_waits_where_it_is() -> None:
    bench = Bench(streams("numbers"))
    bench.refuses.add(2)
    bench.come(*deltas(3, 4))
    bench.answer(Whole(2))
    assert (bench.is_live, bench.wanted) == (False, "rejected")
    assert bench.answer(Whole(3)) is None
    assert bench.is_live
    assert bench.seen == [1, 2, 3, 4]


def test_a_detector_that_raises_on_what_waits_leaves_a_gap_in_its_place() -> None:
    moody = {"on": False}

    def number(delta: Delta) -> int:
        if moody["on"] and delta.number == 5:
            raise KeyError(delta.number)
        return delta.number

    bench = Bench(streams("numbers", detect=Numbers(number)))
    bench.come(*deltas(2))
    bench.answer(Whole(1))
    bench.come(*deltas(4, 5))
    moody["on"] = True
    bench.come(*deltas(3))
    assert bench.rejected == ["detect= raised KeyError: 5"]
    assert not bench.is_live  # 5 has come, and is not in the state
    assert bench.seen == [1, 2, 3, 4]
    bench.answer(Whole(5))
    assert bench.is_live


def test_a_doubt_ends_with_the_last_message_once_more() -> None:
    bench = live("numbers", 3, resume=True)
    bench.reconnect()
    assert bench.wanted == "doubt"
    bench.come(*deltas(2))
    assert not bench.is_live
    bench.come(*deltas(3))
    assert bench.is_live
    assert (bench.seen, bench.repeated) == ([1, 2, 3], 2)


def test_what_may_be_missing_of_a_stream_that_waits_or_has_not_begun_changes_nothing() -> None:
    bench = Bench(streams("numbers"))
    bench.machine.suspect(Missing(1, 3))
    assert bench.words == []
    bench.come(*deltas(3))
    bench.machine.suspect(Missing(5, 7))
    bench.machine.fall_silent("nothing came")
    bench.machine.despair()
    assert (bench.words, bench.wanted) == ([], "new")
    assert repr(bench.machine) == "<stream 'a' buffering at None>"


def test_a_doubt_that_ends_in_a_message_that_could_not_be_reduced_is_a_gap() -> None:
    bench = live("numbers", 3, resume=True)
    bench.reconnect()
    bench.refuses.add(4)
    bench.come(*deltas(4))
    assert (bench.is_live, bench.wanted) == (False, "rejected")


def close_while_dispatching(bench: Bench) -> None:
    """Let the socket close while the next message is dispatched."""
    dispatch = bench.pass_on

    def close_after(action: object, raw: str | bytes) -> bool:
        dispatched = dispatch(action, raw)
        bench.is_open, bench.pass_on = False, dispatch  # type: ignore[method-assign]
        bench.machine.close()
        return dispatched

    bench.pass_on = close_after  # type: ignore[method-assign]


def test_a_socket_that_closes_while_its_snapshot_is_dispatched_leaves_the_stream_unsynced() -> None:
    bench = Bench(streams("numbers"))
    bench.come(*deltas(3, 4))
    close_while_dispatching(bench)
    bench.answer(Whole(2))
    assert not bench.is_live
    assert bench.seen == [1, 2]
    bench.is_open = True
    bench.machine.reopen()
    assert bench.wanted == "reopened"
    assert bench.words == []


def test_a_socket_that_closes_while_a_late_message_is_dispatched_leaves_the_stream_unsynced() -> None:
    bench = live("numbers", 2)
    bench.come(*deltas(4))
    close_while_dispatching(bench)
    bench.come(*deltas(3))
    assert not bench.is_live
    assert bench.seen == [1, 2, 3]


def test_a_socket_that_closes_while_a_doubt_is_resolved_leaves_the_stream_in_doubt() -> None:
    bench = live("numbers", 2, resume=True)
    bench.reconnect()
    close_while_dispatching(bench)
    bench.come(*deltas(3))
    assert not bench.is_live
    assert bench.machine.progress.position == 3


def test_a_stream_whose_first_message_was_lost_with_its_socket_begins_on_the_next_one() -> None:
    numbers = Numbers(lambda delta: delta.number, start=1, lasting=True)
    bench = Bench(Streams(of=lambda _: "a", detect=numbers, resync=lambda _: None, resume=True))
    bench.come(Delta(2))
    assert (bench.seen, bench.wanted) == ([], "gap")
    bench.reconnect()
    bench.come(Delta(2), Delta(1), Delta(3))
    assert (bench.seen, bench.is_live) == ([1, 2, 3], True)
