"""What follows an attempt, by how it ended."""

from __future__ import annotations

from typing import Any

import pytest

from socketstore import ConnectionFailed, ConnectionLost, Ended, default_retry


def failed(kind: Any = "status", status: int | None = None, **more: Any) -> Ended:
    return Ended(opened=False, error=ConnectionFailed("", url="", kind=kind, status=status), status=status, **more)


def closed(code: int, **more: Any) -> Ended:
    return Ended(opened=True, code=code, error=ConnectionLost("", code=code), **more)


@pytest.mark.parametrize("code", [1000, 1001, 1002, 1005, 1006, 1007, 1009, 1011, 1012, 1013, 3000, 4000, 4001, 4500])
def test_a_socket_that_was_open_is_opened_again(code: int) -> None:
    assert default_retry(closed(code)) is True


def test_an_extension_that_the_server_wants_will_not_appear() -> None:
    assert default_retry(closed(1010)) is False


def test_after_a_policy_violation_a_few_attempts_are_made() -> None:
    assert [default_retry(closed(1008, in_a_row=number)) for number in (1, 4, 5)] == [True, True, False]


@pytest.mark.parametrize("end", [failed(status=401), failed(status=403), closed(4401), closed(4403)])
def test_credentials_that_cannot_change_are_not_sent_again(end: Ended) -> None:
    assert default_retry(end) is False


@pytest.mark.parametrize("way", ["401", "403", "4401", "4403"])
def test_fresh_credentials_are_tried_once_and_at_once(way: str) -> None:
    def end(in_a_row: int) -> Ended:
        more: Any = {"credentials_change": True, "in_a_row": in_a_row}
        return closed(int(way), **more) if len(way) == 4 else failed(status=int(way), **more)

    first, second = default_retry(end(1)), default_retry(end(2))
    assert (first, first is False, second) == (0.0, False, False)


def test_fresh_credentials_may_help_against_a_policy_violation() -> None:
    ends = [closed(1008, credentials_change=True, in_a_row=number) for number in (1, 2, 5)]
    assert [default_retry(end) for end in ends] == [0.0, True, False]


@pytest.mark.parametrize(
    ("status", "again"),
    [(200, False), (301, False), (400, False), (404, False), (408, True), (410, False), (425, True), (429, True),
     (500, True), (502, True), (503, True), (599, True)],
)  # fmt: skip
def test_an_answer_that_may_be_different_in_a_moment_is_waited_for(status: int, again: bool) -> None:
    assert default_retry(failed(status=status)) is again
    if 400 <= status < 500:
        assert default_retry(closed(4000 + status)) is again


@pytest.mark.parametrize(
    ("kind", "again"),
    [("url", False), ("tls", False), ("redirect", False), ("credentials", True), ("dns", True), ("refused", True),
     ("network", True), ("timeout", True), ("handshake", True), ("aborted", True)],
)  # fmt: skip
def test_only_what_would_stay_is_given_up(kind: str, again: bool) -> None:
    assert default_retry(failed(kind)) is again


def test_an_end_reads_as_a_sentence() -> None:
    assert str(Ended(opened=True, code=1013, reason="busy", clean=True)) == "the server closed with 1013 busy"
    error = ConnectionFailed("nothing listens there", url="", kind="refused")
    assert str(Ended(opened=False, error=error)) == "nothing listens there"
