"""Two sessions side by side, of which only windows are held."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from socketstore.cli.entries import windows as module
from socketstore.cli.entries.windows import Session, windows
from socketstore.log.storage import Line

letters = st.lists(st.sampled_from("abcdefgh"), max_size=60)


def session(items: Iterable[str]) -> Session:
    """Make a session whose quick key tells a capital from its small letter, which the exact one does not."""
    lines = (Line(place, item.encode()) for place, item in enumerate(items))
    return Session(lines, lambda line: line.text, lambda line: line.text.lower())


def differing(old: Iterable[str], new: Iterable[str]) -> list[tuple[list[str], list[str]]]:
    return [
        (texts(window.old[stretch.first : stretch.last]), texts(window.new[stretch.start : stretch.stop]))
        for window in windows(session(old), session(new))
        for stretch in window.stretches
    ]


def texts(lines: Iterable[Line]) -> list[str]:
    return [line.text.decode() for line in lines]


@pytest.fixture(autouse=True)
def small_windows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "WINDOW", 4)
    monkeypatch.setattr(module, "SURE", 1)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(letters, letters)
def test_what_is_left_out_and_put_in_makes_the_one_of_the_other(old: list[str], new: list[str]) -> None:
    gone, come = map(sorted, zip(*differing(old, new), strict=True)) if old != new else ([], [])
    flat = [sorted(item for stretch in side for item in stretch) for side in (gone, come)]
    assert sorted(old) == sorted([*flat[0], *kept(old, flat[0])])
    assert kept(old, flat[0]) == kept(new, flat[1])


def kept(items: list[str], without: list[str]) -> list[str]:
    left = sorted(items)
    for item in without:
        left.remove(item)
    return left


@given(st.lists(st.integers(0, 199), max_size=5, unique=True))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_what_was_lost_is_all_that_differs(lost: list[int]) -> None:
    old = [str(number) for number in range(200)]
    new = [item for item in old if int(item) not in lost]
    assert [item for gone, come in differing(old, new) for item in gone] == [str(number) for number in sorted(lost)]
    assert not any(come for _, come in differing(old, new))


def test_a_long_piece_that_was_lost_is_found_however_long_it_is() -> None:
    old = [str(number) for number in range(1_000)]
    assert differing(old, old[900:]) == [(old[:900], [])]
    assert differing(old[:100], old) == [([], old[100:])]


def test_what_only_seems_to_differ_is_the_same() -> None:
    old = [f"a{number}" for number in range(100)]
    new = [item.upper() for item in old]
    assert differing(old, new) == []
    assert differing(old, [*new[:50], *new[51:]]) == [(["a50"], [])]


def test_behind_a_difference_only_a_window_is_read_ahead() -> None:
    read = 0

    def counted() -> Iterator[str]:
        nonlocal read
        for read in range(10_000):
            yield str(read)

    found = windows(session(counted()), session(["new", *map(str, range(10_000))]))
    next(found)
    assert read < 100
    assert list(found) == []


def test_where_nothing_is_shared_each_entry_is_read_closely_once_however_often_a_window_grows() -> None:
    read: Counter[bytes] = Counter()

    def exact(line: Line) -> bytes:
        read[line.text] += 1
        return line.text

    sides = (
        Session([Line(place, b"%s%d" % (side, place)) for place in range(500)], lambda line: line.text, exact)
        for side in (b"old", b"new")
    )
    (window,) = windows(*sides)
    assert (len(window.old), len(window.new)) == (500, 500)
    assert read.total() == 1000 + 2  # once more the two at which they were seen to differ
