"""Two sequences side by side."""

from __future__ import annotations

import time

from hypothesis import given
from hypothesis import strategies as st

from socketstore.cli.entries.aligning import stretches

letters = st.lists(st.sampled_from("abcdefgh"), max_size=30)


def patched(old: list[str], new: list[str]) -> list[str]:
    """Make the second sequence of the first one and the stretches, as a patch does."""
    made: list[str] = []
    done = 0
    for first, last, start, stop in stretches(old, new):
        made += old[done:first] + new[start:stop]
        done = last
    return made + old[done:]


@given(letters, letters)
def test_the_stretches_are_all_that_differs(old: list[str], new: list[str]) -> None:
    assert patched(old, new) == new
    assert patched(new, old) == old


@given(letters)
def test_equal_sequences_have_no_stretch(items: list[str]) -> None:
    assert list(stretches(items, items)) == []


@given(letters, st.data())
def test_one_that_was_put_in_is_one_stretch(items: list[str], data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(items)))
    ((first, last, start, stop),) = stretches(items, [*items[:place], "NEW", *items[place:]])
    assert (first, last) == (place, place)
    assert (start, stop) == (place, place + 1)


def test_what_moved_was_taken_out_and_put_in() -> None:
    assert list(stretches("abcdef", "abXcef")) == [(2, 2, 2, 3), (3, 4, 4, 4)]


def test_a_hundred_thousand_that_have_little_in_common_take_no_time() -> None:
    begun = time.process_time()
    same = ["x", "y"] * 50_000
    list(stretches(same, same[1:] + ["z"] * 3))
    list(stretches([*map(str, range(100_000))], [*map(str, range(100_000, 0, -1))]))
    assert time.process_time() - begun < 20
