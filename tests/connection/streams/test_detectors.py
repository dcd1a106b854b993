"""Each detector at work in a connection, in virtual time."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from socketstore import (
    Backoff,
    Checksum,
    Follows,
    GapDetected,
    Links,
    MessageEvent,
    MessageRejected,
    Missing,
    Numbers,
    NumbersPerConnection,
    Ordering,
    Repeated,
    Resync,
    Resynced,
    ResyncFailed,
    Silence,
    Streams,
    Verdict,
    WentSilent,
    WentStale,
)
from tests.connection.streams.pretend import NUMBERS, Delta, Pretence, deltas, numbered, standing, stream_of, whole

pytestmark = pytest.mark.looptime


def asking(answer: Any = None) -> Any:
    asked: list[Resync] = []

    def resync(request: Resync) -> Any:
        asked.append(request)
        return answer(request) if callable(answer) else answer

    resync.asked = asked  # type: ignore[attr-defined]
    return resync


async def test_without_snapshots_a_stream_is_complete_from_its_first_message_on() -> None:
    pretence = Pretence()
    async with pretence.connection(Streams(of=stream_of, detect=Numbers(lambda delta: delta.number))):
        await pretence.socket.receive(*deltas("a", 5, 6))
        assert pretence.phases == {"a": "live"}
    assert pretence.seen == {"a": [5, 6]}


async def test_the_first_message_of_all_may_be_asked_for_as_well() -> None:
    pretence, resync = Pretence(), asking(lambda request: deltas("a", 1, 2))
    streams = Streams(of=stream_of, detect=Numbers(lambda delta: delta.number, start=1), resync=resync)
    async with pretence.connection(streams):
        await pretence.socket.receive(*deltas("a", 3, 4))
        await asyncio.sleep(1)
        assert (pretence.seen, pretence.phases) == ({"a": [1, 2, 3, 4]}, {"a": "live"})
        await pretence.socket.cut()
        await asyncio.sleep(1.5)
        await pretence.socket.receive(*deltas("a", 1))  # the numbers begin anew: what came in between is not known
        assert pretence.phases == {"a": "resyncing"}


async def test_a_gap_that_nothing_can_close_is_told_and_the_messages_go_on() -> None:
    pretence = Pretence()
    async with pretence.connection(Streams(of=stream_of, detect=Numbers(lambda delta: delta.number, start=1))):
        await pretence.socket.receive(*deltas("a", 1, 3, 4, 4, 7))
        assert pretence.phases == {"a": "stale"}
        await pretence.socket.cut()
        await asyncio.sleep(2)
        await pretence.socket.receive(*deltas("a", 1))
        assert pretence.phases == {"a": "stale"}
    assert pretence.seen == {"a": [1, 3, 4, 7, 1]}
    assert pretence.words() == ["Resynced", "GapDetected", "GapDetected"]
    assert pretence.store.state["link"].streams["a"].gaps == 2


async def test_a_stream_that_goes_on_over_sockets_is_live_again_although_nothing_could_close_a_gap() -> None:
    pretence = Pretence()
    async with pretence.connection(Streams(of=stream_of, detect=NUMBERS)):
        await pretence.socket.receive(*deltas("a", 1))
        await pretence.socket.cut()
        await asyncio.sleep(2)
        await pretence.socket.receive(*deltas("a", 2))
        assert pretence.phases == {"a": "live"}
        await pretence.socket.cut()
        await asyncio.sleep(2)
        await pretence.socket.receive(*deltas("a", 4))
        assert pretence.phases == {"a": "stale"}


async def test_a_wrong_checksum_resyncs_the_stream() -> None:
    pretence, resync = Pretence(), asking(lambda request: whole("a", request.attempt + 5))
    checksum = Checksum(
        expected=lambda action: None if action.number < 4 else action.number * (action.number + 1) // 2,
        actual=lambda state, stream: sum(state["seen"][stream]),
    )
    streams = Streams(
        of=stream_of, detect=checksum, snapshot=standing, resync=resync, backoff=Backoff(1.0, jitter=0, healthy_after=0)
    )
    async with pretence.connection(streams):
        await pretence.socket.receive(whole("a", 1), *deltas("a", 2, 3, 4))
        assert pretence.phases == {"a": "live"}
        await pretence.socket.receive(*deltas("a", 6))
        (gap,) = pretence.all(GapDetected)
        assert (gap.expected, gap.got) == (21, 16)
        assert pretence.phases == {"a": "resyncing"}
        await asyncio.sleep(0.5)
        assert (pretence.seen, pretence.phases) == ({"a": [1, 2, 3, 4, 5, 6]}, {"a": "live"})
        await pretence.socket.receive(*deltas("a", 7))
        assert pretence.phases == {"a": "live"}
    assert [request.cause for request in resync.asked] == ["checksum"]


async def test_a_checksum_that_raises_is_a_gap_of_its_stream_alone() -> None:
    pretence = Pretence()
    streams = numbered(
        None, detect=[NUMBERS, Checksum(expected=lambda action: action.number, actual=lambda state, stream: 1 / 0)]
    )
    async with pretence.connection(streams):
        await pretence.socket.receive(whole("a", 1))
        (gap,) = pretence.all(GapDetected)
        assert gap.got == "ZeroDivisionError: division by zero"
        assert pretence.phases == {"a": "resyncing"}


async def test_a_number_that_the_socket_left_out_puts_streams_in_doubt_until_their_own_order_tells() -> None:
    pretence, resync = Pretence(), asking(lambda request: whole(request.stream, 3))
    counter = iter([1, 2, 4, 5, 6])
    streams = numbered(resync, detect=[NUMBERS, NumbersPerConnection(lambda content: next(counter))], timeout=5)
    async with pretence.connection(streams):
        await pretence.socket.receive(whole("a", 1), whole("b", 1), *deltas("a", 2))
        assert pretence.phases == {"a": "live", "b": "stale"}
        await pretence.socket.receive(*deltas("b", 3))
        assert pretence.phases == {"a": "live", "b": "resyncing"}
        await asyncio.sleep(1)
        assert pretence.seen == {"a": [1, 2], "b": [1, 2, 3]}
    assert {gap.stream for gap in pretence.all(GapDetected)} == {"a", "b"}
    assert [request.stream for request in resync.asked] == ["b"]


async def test_a_stream_in_doubt_that_stays_silent_is_resynced() -> None:
    pretence, resync = Pretence(), asking(lambda request: whole(request.stream, 2))
    counter = iter([1, 2, 4])
    streams = numbered(resync, detect=[NUMBERS, NumbersPerConnection(lambda content: next(counter))], timeout=5)
    async with pretence.connection(streams):
        await pretence.socket.receive(whole("a", 1), whole("b", 1), *deltas("a", 2))
        await asyncio.sleep(4)
        assert pretence.phases == {"a": "live", "b": "stale"}
        await asyncio.sleep(2)
        assert pretence.phases == {"a": "live", "b": "live"}
    assert [(request.stream, request.cause) for request in resync.asked] == [("b", "gap")]


async def test_a_number_that_the_socket_left_out_resyncs_every_stream_without_an_order_of_its_own() -> None:
    pretence, resync = Pretence(), asking()
    counter = iter([1, 2, 2, 4, 5, 6, 1, 2])
    streams = numbered(resync, detect=NumbersPerConnection(lambda content: next(counter)))
    async with pretence.connection(streams) as connection:
        await pretence.socket.receive(whole("a", 1), whole("b", 1))
        await pretence.socket.receive(*deltas("b", 2))  # its number has come before
        assert connection.stream_figures.repeated == 1
        await pretence.socket.receive(*deltas("a", 2))
        assert pretence.phases == {"a": "resyncing", "b": "resyncing"}
        await pretence.socket.receive(whole("a", 2), whole("b", 2))
        assert pretence.phases == {"a": "live", "b": "live"}
        await pretence.socket.cut()
        await asyncio.sleep(2)
        await pretence.socket.receive(whole("a", 2), *deltas("a", 3))  # the numbers begin anew with each socket
        assert pretence.phases["a"] == "live"
    assert pretence.seen == {"a": [1, 2, 3], "b": [1, 2]}


async def test_without_an_order_nothing_passes_between_a_gap_and_the_snapshot_that_closes_it() -> None:
    pretence, numbers = Pretence(), iter([1, 3, 4, 5, 6])
    streams = numbered(asking(), detect=NumbersPerConnection(lambda content: next(numbers)))
    async with pretence.connection(streams):
        await pretence.socket.receive(whole("a", 1), *deltas("a", 3, 4))  # the gap is right behind the snapshot
        assert (pretence.seen, pretence.phases) == ({"a": [1]}, {"a": "resyncing"})
        await pretence.socket.receive(whole("a", 4), *deltas("a", 5))
        assert (pretence.seen, pretence.phases) == ({"a": [1, 2, 3, 4, 5]}, {"a": "live"})
    assert not pretence.all(MessageRejected)


@pytest.mark.parametrize("answer", [[], [*deltas("a", 2)]])
async def test_without_an_order_an_answer_that_is_no_snapshot_is_a_failure_that_says_so(answer: list[Delta]) -> None:
    pretence, resync = Pretence(), asking(lambda request: answer if request.attempt == 1 else whole("a", 3))
    numbers = iter([1, 3])
    detect = NumbersPerConnection(lambda content: next(numbers))
    async with pretence.connection(numbered(resync, detect=detect, backoff=Backoff(1.0, jitter=0))):
        await pretence.socket.receive(whole("a", 1), *deltas("a", 3))
        await asyncio.sleep(3)  # it does not wait for what cannot come
        assert (pretence.seen, pretence.phases) == ({"a": [1, 2, 3]}, {"a": "live"})
    (failed,) = pretence.all(ResyncFailed)
    assert "without an order only a snapshot makes a stream complete" in failed.message


async def test_a_number_on_a_message_that_cannot_be_used_does_not_hide_that_it_is_missing() -> None:
    pretence, resync = Pretence(), asking()

    def stream_of(action: Any) -> str:
        return str(action.stream) if action.stream != "bad" else str(1 / 0)

    streams = numbered(resync, detect=NumbersPerConnection(lambda content: content["on_socket"]), of=stream_of)
    async with pretence.connection(streams):
        await pretence.socket.receive('{"on_socket": 1, "type": "whole", "stream": "a", "number": 1}')
        assert pretence.phases == {"a": "live"}
        await pretence.socket.receive('{"on_socket": 2, "type": "unheard of"}')
        assert pretence.phases == {"a": "resyncing"}
        await pretence.socket.receive('{"on_socket": 3, "type": "whole", "stream": "a", "number": 1}')
        assert pretence.phases == {"a": "live"}
        await pretence.socket.receive('{"on_socket": 3, "type": "unheard of"}')  # it has come before
        assert pretence.phases == {"a": "live"}
        await pretence.socket.receive('{"on_socket": 4, "type": "delta", "stream": "bad", "number": 1}')
        assert pretence.phases == {"a": "resyncing"}
    assert len(pretence.all(MessageRejected)) == 3


async def test_a_message_whose_number_cannot_be_told_is_rejected_and_its_number_is_missing() -> None:
    pretence, resync = Pretence(), asking()
    streams = numbered(resync, detect=NumbersPerConnection(lambda content: content["on_socket"]))
    async with pretence.connection(streams):
        await pretence.socket.receive('{"on_socket": 1, "type": "whole", "stream": "a", "number": 1}', "no json")
        assert [rejected.reason[:24] for rejected in pretence.all(MessageRejected)] == ["number= raised TypeError"]
        await pretence.socket.receive('{"on_socket": "2", "type": "delta", "stream": "a", "number": 2}')
        assert (pretence.seen, pretence.phases) == ({"a": [1]}, {"a": "live"})
        await pretence.socket.receive('{"on_socket": 3, "type": "delta", "stream": "a", "number": 3}')
        assert (pretence.seen, pretence.phases) == ({"a": [1]}, {"a": "resyncing"})


async def test_a_silent_stream_is_stale_until_something_comes() -> None:
    pretence = Pretence()
    async with pretence.connection(numbered(None, detect=[NUMBERS, Silence(10)])):
        await pretence.socket.receive(whole("a", 1), whole("b", 1))
        await asyncio.sleep(6)
        await pretence.socket.receive(*deltas("b", 2))
        await asyncio.sleep(6)
        assert pretence.phases == {"a": "stale", "b": "live"}
        (silent,) = pretence.all(WentSilent)
        assert (silent.stream, silent.silence) == ("a", 10)
        await asyncio.sleep(100)
        assert len(pretence.all(WentSilent)) == 2
        await pretence.socket.receive(*deltas("a", 2))
        assert pretence.phases == {"a": "live", "b": "stale"}
        await asyncio.sleep(11)
        assert pretence.phases == {"a": "stale", "b": "stale"}
        await pretence.socket.receive(*deltas("a", 4))
        assert pretence.phases == {"a": "resyncing", "b": "stale"}


async def test_a_stream_that_stays_silent_is_resynced_if_told_to() -> None:
    pretence, resync = Pretence(), asking(lambda request: whole("a", 1))
    async with pretence.connection(numbered(resync, detect=[NUMBERS, Silence(10, resync_after=5)])):
        await pretence.socket.receive(whole("a", 1))
        await asyncio.sleep(14)
        assert pretence.phases == {"a": "stale"}
        assert resync.asked == []
        await asyncio.sleep(2)
        assert pretence.phases == {"a": "live"}
        assert [request.cause for request in resync.asked] == ["silent"]
        await asyncio.sleep(15)
        assert [request.cause for request in resync.asked] == ["silent", "silent"]


async def test_a_stream_that_falls_silent_again_is_found_in_time_although_a_resync_was_planned() -> None:
    pretence = Pretence()
    async with pretence.connection(numbered(asking(), detect=[NUMBERS, Silence(10, resync_after=100)])):
        await pretence.socket.receive(whole("a", 1))
        await asyncio.sleep(11)
        await pretence.socket.receive(*deltas("a", 2))
        assert pretence.phases == {"a": "live"}
        await asyncio.sleep(10.5)
        assert pretence.phases == {"a": "stale"}
        await asyncio.sleep(95)  # 116.5 s, and 105.5 s after the last message
        assert pretence.phases == {"a": "stale"}
        await asyncio.sleep(5)
        assert pretence.phases == {"a": "resyncing"}
    assert [silent.silence for silent in pretence.all(WentSilent)] == [10, 10]


async def test_silence_alone_needs_no_order() -> None:
    pretence = Pretence()
    async with pretence.connection(Streams(of=stream_of, detect=Silence(5))):
        await pretence.socket.receive(*deltas("a", 9, 2))
        await asyncio.sleep(6)
        assert pretence.phases == {"a": "stale"}
        await pretence.socket.receive(*deltas("a", 5))
        assert pretence.phases == {"a": "live"}
        await pretence.socket.cut()
        await asyncio.sleep(6)
        await pretence.socket.receive(*deltas("a", 5))
        assert pretence.phases == {"a": "live"}
    assert pretence.seen == {"a": [9, 2, 5, 5]}


async def test_when_a_silent_socket_is_heard_again_its_streams_are_live_again_but_for_those_silent_themselves() -> None:
    pretence = Pretence()
    async with pretence.connection(numbered(None, detect=[NUMBERS, Silence(10)])) as connection:
        await pretence.socket.receive(whole("silent", 1))
        await asyncio.sleep(11)
        await pretence.socket.receive(whole("a", 1), whole("b", 1))
        session = connection._supervisor.session
        session.say(WentStale, silence=5.0)
        session.stale = True
        assert pretence.phases == {"a": "stale", "b": "stale", "silent": "stale"}
        await pretence.socket.receive(*deltas("a", 2))
        assert pretence.phases == {"a": "live", "b": "live", "silent": "stale"}


async def test_numbers_that_begin_anew_with_each_snapshot_on_the_socket() -> None:
    pretence, resync = Pretence(), asking()
    streams = numbered(resync, detect=Numbers(lambda delta: delta.number, restarts=True))
    async with pretence.connection(streams):
        await pretence.socket.receive(whole("a", 7), *deltas("a", 8, 10, 11), whole("a", 1), *deltas("a", 2, 3))
        assert (pretence.seen, pretence.phases) == ({"a": [1, 2, 3]}, {"a": "live"})
        await pretence.socket.receive(whole("a", 1), *deltas("a", 2))
        assert pretence.seen == {"a": [1, 2]}


async def test_numbers_that_begin_anew_without_a_word_are_found_out_in_the_end() -> None:
    pretence, resync = Pretence(), asking(lambda request: whole("a", 104))
    async with pretence.connection(numbered(resync)):
        await pretence.socket.receive(whole("a", 1000))
        await pretence.socket.receive(*deltas("a", *range(1, 104)))
        assert pretence.phases == {"a": "resyncing"}
        await asyncio.sleep(1)
        await pretence.socket.receive(*deltas("a", 105))
        assert pretence.phases == {"a": "live"}
    assert pretence.seen == {"a": [*range(1, 106)]}


async def test_the_last_message_repeated_for_hours_as_a_sign_of_life_is_no_gap() -> None:
    pretence = Pretence()
    links = Links(id=lambda delta: delta.number, previous=lambda delta: delta.number - 1)
    async with pretence.connection(numbered(asking(), detect=[links, Silence(10)])) as connection:
        await pretence.socket.receive(whole("a", 5), *deltas("a", 6))
        for _ in range(200):
            await asyncio.sleep(9)
            await pretence.socket.receive(*deltas("a", 6))
        assert pretence.phases == {"a": "live"}
        assert connection.stream_figures.repeated == 200
    assert pretence.words() == ["Resynced"]


async def test_one_message_may_stand_for_several_actions() -> None:
    pretence, resync = Pretence(), asking(lambda request: whole("a", 4))

    def decode(event: MessageEvent) -> list[Delta]:
        assert isinstance(event.data, str)
        number = int(event.data)
        return [Delta(stream="a", number=number), Delta(stream="a", number=number)]

    streams = Streams(of=stream_of, detect=NUMBERS, snapshot=standing, resync=resync)
    async with pretence.connection(streams, messages=None, decode=decode):
        await pretence.socket.receive("5", "6", "6")
        await asyncio.sleep(1)
        await pretence.socket.receive("7")
    assert pretence.seen == {"a": [1, 2, 3, 4, 5, 5, 6, 6, 7, 7]}


async def test_what_bears_no_number_and_what_belongs_to_no_stream_goes_straight_through() -> None:
    pretence = Pretence()
    numbers = iter([1, None, 2, 3])
    streams = Streams(
        of=lambda action: action.stream if action.stream == "a" else None,
        detect=NumbersPerConnection(lambda content: next(numbers)),
    )
    async with pretence.connection(streams) as connection:
        await pretence.socket.receive(*deltas("a", 1), *deltas("b", 5), *deltas("a", 2), *deltas("b", 5))
        assert pretence.phases == {"a": "live"}
        assert connection.cursors == {}
    assert pretence.seen == {"a": [1, 2], "b": [5, 5]}


async def test_several_actions_of_one_message_have_one_number_on_the_socket() -> None:
    pretence = Pretence()

    def decode(event: MessageEvent) -> list[Any]:
        assert isinstance(event.data, str)
        number = int(event.data)
        return [whole("a", number), *deltas("a", number + 1), *deltas("b", number)]

    streams = Streams(of=stream_of, detect=NumbersPerConnection(lambda content: content // 10))
    async with pretence.connection(streams, messages=None, decode=decode) as connection:
        await pretence.socket.receive("10", "20", "20", "30")
        assert connection.stream_figures.repeated == 3
        assert pretence.phases == {"a": "live", "b": "live"}
    assert pretence.seen == {"a": [*range(1, 32)], "b": [10, 20, 30]}


class Generations(Ordering):
    """An order of the program's own: a number, and beside it one that says how often the server has begun anew."""

    def position(self, message: Any) -> Any:
        return divmod(message.number, 100)

    def check(self, position: Any, message: Any) -> Verdict:
        own = self.position(message)
        if position is None or own == (position[0], position[1] + 1) or own == (position[0] + 1, 0):
            return Follows(own)
        return Repeated() if own <= position else Missing(position, own)  # put into words as they are


async def test_an_order_of_the_programs_own() -> None:
    pretence = Pretence()
    streams = Streams(of=stream_of, detect=Generations())
    async with pretence.connection(streams) as connection:
        await pretence.socket.receive(*deltas("a", 101, 102, 200, 201, 201, 203))
        assert connection.cursors == {}
    assert pretence.seen == {"a": [101, 102, 200, 201, 203]}
    (gap,) = pretence.all(GapDetected)
    assert (gap.expected, gap.got) == ("(2, 1)", "(2, 3)")


async def test_a_detector_that_raises_on_what_waits_rejects_that_message_alone() -> None:
    pretence = Pretence()

    class Moody(Ordering):
        def position(self, message: Any) -> Any:
            return message.number

        def check(self, position: Any, message: Any) -> Verdict:
            if message.number == 5:
                raise KeyError(5)
            return Numbers(lambda delta: delta.number).check(position, message)

    resync = asking(lambda request: whole("a", 6) if request.attempt > 1 else whole("a", 4))
    async with pretence.connection(numbered(resync, detect=Moody(), backoff=Backoff(1.0, jitter=0))):
        await pretence.socket.receive(*deltas("a", 5, 6))
        await asyncio.sleep(0.5)
        (failed,) = pretence.all(ResyncFailed)
        assert failed.error == "KeyError"
        await pretence.socket.receive(*deltas("a", 7))
        await asyncio.sleep(2)
        assert (pretence.seen, pretence.phases) == ({"a": [*range(1, 8)]}, {"a": "live"})
    assert len(pretence.all(Resynced)) == 1
