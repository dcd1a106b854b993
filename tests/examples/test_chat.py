"""The chat example as its user runs it: a process of its own, against a real server."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from examples.chat.state import Chat, chat
from socketstore import GotMessage, JustConnected, open_log, replay

ROOT = Path(__file__).parents[2]


@contextmanager
def chatting(*arguments: str) -> Iterator[subprocess.Popen[str]]:
    with subprocess.Popen(
        [sys.executable, "-m", "examples.chat", *arguments],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def type_in(process: subprocess.Popen[str], *lines: str) -> list[str]:
    """Type lines, each once the one before has come back, then end the input; return what was printed."""
    assert process.stdin is not None
    assert process.stdout is not None
    printed = [process.stdout.readline()]
    for line in lines:
        print(line, file=process.stdin, flush=True)
        printed.append(process.stdout.readline())
    process.stdin.close()
    return [line.rstrip() for line in [*printed, *process.stdout]]


def test_what_is_typed_is_sent_and_what_comes_is_printed(socketstore_echo_url):
    with chatting(socketstore_echo_url) as process:
        assert type_in(process, "Hi", "I am LEGENDARY!") == ["* online", "< Hi", "< I am LEGENDARY!", "* offline"]
        assert process.stderr is not None
        assert process.stderr.read() == ""
        assert process.wait(20) == 0


def test_ctrl_c_ends_it_without_a_traceback(socketstore_echo_url):
    with chatting(socketstore_echo_url) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "* online\n"
        process.send_signal(signal.SIGINT)
        assert process.stdout.read() == "* offline\n"
        assert process.stderr is not None
        assert process.stderr.read() == ""
        assert process.wait(20) == 0


def test_a_recorded_conversation_replays_to_what_was_said(socketstore_echo_url, tmp_path):
    file = tmp_path / "session.jsonl"
    with chatting(socketstore_echo_url, "--record", str(file)) as process:
        type_in(process, "Hi", "Bye")
    assert replay(open_log(file), chat, Chat()) == Chat(lines=("Hi", "Bye"), online=False)


def test_a_recording_that_exists_is_not_overwritten(socketstore_echo_url, tmp_path):
    file = tmp_path / "session.jsonl"
    file.write_text("mine")
    with chatting(socketstore_echo_url, "--record", str(file)) as process:
        _, errors = process.communicate("Hi\n", timeout=20)
    assert process.returncode == 1
    assert re.fullmatch(r"could not open the log .*; choose another name, .*\n", errors)
    assert file.read_text() == "mine"


def test_a_wrong_address_is_one_line_and_exit_code_1():
    with chatting("http://localhost:8080") as process:
        output, errors = process.communicate("", timeout=20)
    assert (output, process.returncode) == ("", 1)
    assert re.fullmatch(r"could not open http:.*expected ws://.*\n", errors)


def test_the_reducer_keeps_lines_in_their_order():
    state = Chat()
    for action in (JustConnected(), GotMessage(data="1"), GotMessage(data="2"), "something else"):
        state = chat(state, action)
    assert state == Chat(lines=("1", "2"), online=True)
