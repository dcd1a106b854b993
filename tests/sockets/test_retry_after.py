"""How long a server asks to be left alone: seconds or a date, and what is neither."""

from __future__ import annotations

import time
from email.utils import formatdate

import pytest
from hypothesis import given
from hypothesis import strategies as st
from websockets.datastructures import Headers

from socketstore.sockets.retry_after import retry_after

NOW = 1_700_000_000


def asked(*values: str, date: str | None = None) -> float | None:
    headers = Headers([("Retry-After", value) for value in values])
    if date is not None:
        headers["Date"] = date
    return retry_after(headers)


@pytest.mark.parametrize(
    ("value", "seconds"), [("0", 0), ("120", 120), (" 7 ", 7), ("1.5", 1.5), ("-3", 0), ("9" * 15, 999_999_999_999_999)]
)
def test_seconds_are_what_they_are_and_never_less_than_none(value: str, seconds: float) -> None:
    assert asked(value) == seconds


def test_a_date_is_compared_with_the_clock_of_the_server() -> None:
    assert asked(formatdate(NOW + 90, usegmt=True), date=formatdate(NOW, usegmt=True)) == 90
    assert asked(formatdate(NOW - 90, usegmt=True), date=formatdate(NOW, usegmt=True)) == 0


def test_without_one_it_is_compared_with_our_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(time, "time", lambda: NOW + 0.5)
    assert asked(formatdate(NOW + 90, usegmt=True)) == 89.5
    assert asked(formatdate(NOW + 90, usegmt=True), date="yesterday") == 89.5


def test_a_server_that_says_nothing_of_use_asks_for_nothing() -> None:
    values = ("", "soon", "1e3", "9" * 400, "Wed, 99 Nov 2026 00:00:00 GMT", "inf", "nan")
    assert [asked(), *map(asked, values)] == [None] * (1 + len(values))


def test_the_first_of_several_counts() -> None:
    assert asked("3", "5") == 3


values = st.text(st.characters(min_codepoint=32, max_codepoint=126)) | st.text("0123456789.+-: GMT")


@given(values, st.none() | values)
def test_whatever_is_said_it_is_a_time_to_wait_or_none(value: str, date: str | None) -> None:
    seconds = asked(value, date=date)
    assert seconds is None or seconds >= 0
