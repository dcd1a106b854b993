"""Knowing when to end."""

from __future__ import annotations

import asyncio
import signal

import pytest

from socketstore import LogUnavailable
from socketstore.cli.live import Ending, ending


def report(error: Exception) -> None:
    asyncio.get_running_loop().call_exception_handler({"message": "dispatching X raised (here)", "exception": error})


async def test_an_error_of_the_log_ends_a_command_and_is_raised() -> None:
    async def program() -> None:
        with ending() as end:
            report(LogUnavailable("the disk is full"))
            report(LogUnavailable("still full"))
            await end.wait()

    with pytest.raises(LogUnavailable, match="the disk is full"):
        await program()


async def test_any_other_error_is_told_of_in_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    with ending() as end:
        report(ValueError("one\ntwo"))
        end.ask()
        await end.wait()
    assert capsys.readouterr().err == "socketstore: dispatching X raised: ValueError: one two\n"


async def test_where_nobody_reads_it_is_the_end() -> None:
    end = Ending()
    with end.unless_unread():
        raise BrokenPipeError
    await end.wait()
    assert isinstance(end.error, BrokenPipeError)


async def test_the_end_comes_when_the_seconds_are_over() -> None:
    end = Ending()
    await end.wait(0)
    assert not end.asked_long_ago()  # not as if by Ctrl-C
    assert end.error is None


async def test_a_ctrl_c_long_after_the_first_no_longer_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    with ending() as end:
        signal.raise_signal(signal.SIGINT)
        await end.wait()
        signal.raise_signal(signal.SIGINT)  # at once: the same
        monkeypatch.setattr("socketstore.cli.live.PATIENCE", -1)
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)


async def test_signals_are_handled_as_before_once_it_is_over() -> None:
    before = signal.getsignal(signal.SIGINT)
    with ending():
        assert signal.getsignal(signal.SIGINT) is not before
    assert signal.getsignal(signal.SIGINT) is before
