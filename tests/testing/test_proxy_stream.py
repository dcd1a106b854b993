"""What becomes of a stream of messages when faults are applied to it; no sockets."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from websockets.frames import Opcode

from socketstore import UsageError
from socketstore.testing import (
    BlackHole,
    Corrupt,
    Cut,
    Delay,
    Drop,
    Duplicate,
    Fault,
    Refuse,
    Reorder,
    Reset,
    Throttle,
    random_faults,
)
from socketstore.testing.proxy.stream import Stream
from tests.sockets.peers import frame, text

A, B, C, D = (text(name) for name in "abcd")


def passed(faults: list[Fault], data: bytes, *, sizes: list[int] | None = None, mine: Any = None) -> list[Any]:
    """What comes out, with bytes that stand together joined; the data comes in pieces of these sizes."""
    stream = Stream(faults, lambda fault: None if mine is None else mine.append(fault))
    out: list[Any] = [*stream.begin()]
    for size in [*(sizes or []), len(data)]:
        out += stream.feed(data[:size])
        data = data[size:]
    joined: list[Any] = []
    for item in [*out, *stream.finish()]:
        if isinstance(item, bytes) and joined and isinstance(joined[-1], bytes):
            joined[-1] += item
        else:
            joined.append(item)
    return joined


pieces = st.lists(st.integers(1, 9), max_size=8)


@given(pieces)
def test_without_faults_it_passes_as_it_is_however_it_comes(sizes: list[int]) -> None:
    data = A + frame(Opcode.PING, b"x") + frame(Opcode.BINARY, bytes(200), mask=True) + B + b"\x81\x05unf"
    assert passed([], data, sizes=sizes) == [data]


@given(st.binary(max_size=60), pieces)
def test_also_what_is_no_frame_at_all(data: bytes, sizes: list[int]) -> None:
    assert b"".join(passed([Cut(after_messages=100)], data, sizes=sizes)) == data


@given(pieces)
@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        (Cut(), [Cut(), A + B + C + D]),
        (Cut(after_messages=2), [A + B, Cut(after_messages=2), C + D]),
        (
            Cut(after_messages=1, after_bytes=2),
            [A + B[:2], Cut(after_messages=1, after_bytes=2), B[2:] + C + D],
        ),
        (Reset(after_bytes=4), [A + B[:1], Reset(after_bytes=4), B[1:] + C + D]),
        (Drop(after_messages=1), [A + C + D]),
        (Duplicate(after_messages=1), [A + B + B + C + D]),
        (Reorder(after_messages=1), [A + C + B + D]),
        (Reorder(after_messages=1, behind=2), [A + C + D + B]),
        (Reorder(after_messages=3), [A + B + C + D]),
        (Corrupt(after_messages=1, bit=7), [A + text("c") + C + D]),
        (Corrupt(after_messages=1, bit=4, part="header"), [A + b"\x89" + B[1:] + C + D]),
        (Duplicate(after_bytes=1), [A + B + B + C + D]),
    ],
)
def test_each_fault_happens_where_it_should(fault: Fault, expected: list[Any], sizes: list[int]) -> None:
    assert passed([fault], A + B + C + D, sizes=sizes) == expected


@given(pieces)
def test_a_message_in_fragments_is_one_and_control_frames_between_them_pass_at_once(sizes: list[int]) -> None:
    ping = frame(Opcode.PING)
    message = text("b", fin=False), frame(Opcode.CONT, b"b")
    data = A + message[0] + ping + message[1] + C
    assert passed([Duplicate(after_messages=1)], data, sizes=sizes) == [A + ping + b"".join(message) * 2 + C]


def test_control_frames_are_not_counted() -> None:
    data = frame(Opcode.PING) + frame(Opcode.PONG) + A + B
    assert passed([Drop(after_messages=1)], data) == [data[: -len(B)]]


def test_several_faults_may_meet_in_one_message() -> None:
    happened: list[Fault] = []
    faults = [Duplicate(), Corrupt(bit=7), Cut(after_messages=1)]
    assert passed(faults, A + B, mine=happened) == [text("`") * 2, faults[2], B]
    assert happened == faults[:2]


def test_a_reordered_message_is_not_lost_when_it_was_the_last() -> None:
    assert passed([Reorder(behind=5)], A + B) == [B + A]


def test_an_empty_message_is_corrupted_in_its_header() -> None:
    assert passed([Corrupt(bit=0)], text("")) == [b"\x01\x00"]


@pytest.mark.parametrize(
    ("make", "arguments"),
    [
        (Cut, {"direction": "up"}),
        (Cut, {"after_messages": -1}),
        (Delay, {"seconds": -1}),
        (Throttle, {"bytes_per_second": 0}),
        (random_faults, {"seed": 1, "kinds": []}),
        (random_faults, {"seed": 1, "most": 0}),
    ],
)
def test_what_cannot_happen_is_refused(make: Any, arguments: dict[str, Any]) -> None:
    with pytest.raises(UsageError, match=r"got .*; expected"):
        make(**arguments)


@given(st.integers(0, 2**64))
def test_a_schedule_is_the_same_for_the_same_seed_and_can_be_printed_and_read_again(seed: int) -> None:
    faults = random_faults(seed)
    assert 1 <= len(faults) <= 6
    assert random_faults(seed) == faults
    names = {kind.__name__: kind for kind in (Cut, Reset, Refuse, BlackHole, Delay, Throttle, Drop, Duplicate)}
    assert eval(repr(faults), {**names, "Reorder": Reorder, "Corrupt": Corrupt}) == faults  # noqa: S307


def test_all_kinds_are_drawn_and_no_other_than_asked_for() -> None:
    assert len({type(fault) for seed in range(100) for fault in random_faults(seed)}) == 10
    assert {type(fault) for seed in range(50) for fault in random_faults(seed, kinds=[Cut, Drop])} == {Cut, Drop}


@given(st.integers(0, 2**32), pieces)
def test_however_the_bytes_come_the_same_comes_out(seed: int, sizes: list[int]) -> None:
    data = b"".join(text(f"message {number}") for number in range(60))
    assert passed(list(random_faults(seed)), data, sizes=sizes) == passed(list(random_faults(seed)), data)
