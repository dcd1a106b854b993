"""``socketstore serve``."""

from __future__ import annotations

import signal
from contextlib import suppress
from http.client import HTTPConnection
from pathlib import Path

import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from socketstore import LogUnavailable
from socketstore.testing.sessions.episodes import Episode
from socketstore.testing.sessions.surveying import Survey
from tests.cli.conftest import Run
from tests.cli.programs import Program, finished
from tests.cli.sessions import Fields, write_session
from tests.sockets.peers import rounds

WIRE: list[Fields] = [
    {"kind": "opened", "connection": "default", "epoch": 1, "url": "ws://there"},
    {"kind": "frameOut", "connection": "default", "epoch": 1, "text": "a bagel, please"},
    {"kind": "frameIn", "connection": "default", "epoch": 1, "text": "sesame?"},
    {"kind": "frameIn", "connection": "default", "epoch": 1, "text": "or poppy?"},
    {"kind": "closed", "connection": "default", "epoch": 1, "code": 4001, "reason": "sold out"},
]


@pytest.fixture
def recording(tmp_path: Path) -> Path:
    return write_session(tmp_path / "bakery.jsonl", WIRE)


def url_of(program: Program) -> str:
    return program.until("Serving").split()[3]


def test_of_several_connections_one_is_to_be_chosen(command: Run, tmp_path: Path) -> None:
    other: Fields = {"kind": "opened", "connection": "bar", "epoch": 1, "url": "ws://there"}
    session = write_session(tmp_path / "two.jsonl", [*WIRE, other])
    end = command("serve", str(session), "--port", "0")
    assert (end.code, end.out) == (2, "")
    assert (
        end.err
        == f"socketstore: {session} holds several connections: 'bar', 'default'; choose one: --connection NAME\n"
    )
    end = command("serve", str(session), "--port", "0", "--connection", "baz")
    assert (end.code, end.out) == (2, "")
    assert (
        end.err
        == f"socketstore: {session} holds no connection 'baz', but 'bar', 'default'; choose one: --connection NAME\n"
    )


def test_a_client_gets_what_was_recorded_until_ctrl_c(recording: Path) -> None:
    with Program("serve", str(recording), "--port", "0", "--speed", "inf") as program:
        url = url_of(program)
        watched = finished("watch", url)
        program.until("served to its end, 2 messages")
        again = finished("watch", url)
        program.interrupt()
        end = program.finish()
    for seen in (watched, again):
        assert [line.split(maxsplit=2)[1:] for line in seen.out.splitlines()[2:]] == [
            ["gotMessage", '"sesame?"'],
            ["gotMessage", '"or poppy?"'],
            ["justDisconnected", '4001 clean "sold out"'],
        ]
    assert (end.code, end.err) == (0, "")


def test_ctrl_c_ends_it_while_the_session_is_read(
    command: Run, recording: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def episodes(self: Survey) -> list[Episode]:
        signal.raise_signal(signal.SIGINT)
        while not self._stopped:  # as long as a large file takes
            await rounds(1)
        message = "stopped"
        raise LogUnavailable(message)

    monkeypatch.setattr(Survey, "episodes", episodes)
    end = command("serve", str(recording), "--port", "0")
    assert (end.code, end.out, end.err) == (0, "", "")


def test_a_handshake_that_fails_is_one_line(recording: Path) -> None:
    with Program("serve", str(recording), "--port", "0") as program:
        asking = HTTPConnection(url_of(program).removeprefix("ws://"), timeout=10)
        asking.request("GET", "/")
        assert asking.getresponse().status == 426
        asking.close()
        assert program.until("handshake failed: ") == "handshake failed: missing Connection header"


def test_once_ends_when_all_of_it_was_served(recording: Path) -> None:
    with Program("serve", str(recording), "--port", "0", "--speed", "inf", "--once") as program:
        finished("watch", url_of(program))
        end = program.finish()
    assert (end.code, end.err) == (0, "")


@pytest.mark.parametrize("options", [[], ["--once"]])
def test_strict_ends_with_1_at_what_was_not_sent_then(recording: Path, options: list[str]) -> None:
    with Program("serve", str(recording), "--port", "0", "--speed", "inf", "--strict", *options) as program:
        finished("watch", url_of(program), "--send", "a baguette")
        end = program.finish()
    assert (end.code, len(end.err.splitlines())) == (1, 1)
    assert end.err.endswith("got 'a baguette'; expected 'a bagel, please'\n")
    assert end.out.count("message 1 of the client: got 'a baguette'") == 1
    assert "client 1, episode 1 of 1: client 1" not in end.out


def test_strict_is_content_with_what_was_sent_then(recording: Path) -> None:
    with Program("serve", str(recording), "--port", "0", "--speed", "inf", "--strict", "--once") as program:
        finished("watch", url_of(program), "--send", "a bagel, please")
        end = program.finish()
    assert (end.code, end.err) == (0, "")


def test_a_message_of_more_than_a_mebibyte_is_too_large(recording: Path) -> None:
    with Program("serve", str(recording), "--port", "0") as program:
        url = url_of(program)
        with connect(url, max_size=None) as client:
            client.send("x" * 2**20)
            program.until("client 1, episode 1 of 1: received")
        with connect(url, max_size=None) as client, suppress(ConnectionClosed):
            client.send("x" * (2**20 + 1))
            while True:
                client.recv(timeout=10)
        program.until("closed, 1009")


@pytest.mark.parametrize("command_", ["serve", "echo"])
def test_an_interface_without_a_name_is_refused(command: Run, recording: Path, command_: str) -> None:
    end = command(command_, *[str(recording)] * (command_ == "serve"), "--port", "0", "--host", "")
    assert (end.code, end.out, len(end.err.splitlines())) == (2, "", 1)
    assert "got host=''; expected the name or address of an interface; \"0.0.0.0\" is every one" in end.err


def test_what_is_wrong_with_an_entry_is_told_in_words(command: Run, tmp_path: Path) -> None:
    wrong = write_session(tmp_path / "wrong.jsonl", [WIRE[0], {**WIRE[-1], "code": "x"}])
    end = command("serve", str(wrong), "--port", "0")
    assert end.code == 1
    assert "is no entry: code='x': Input should be a valid integer; socketstore repair" in end.err


def test_what_cannot_be_served_is_one_line(command: Run, tmp_path: Path) -> None:
    empty = write_session(tmp_path / "empty.jsonl", [])
    end = command("serve", str(empty), "--port", "0")
    assert end.code in (1, 2)
    assert (end.out, len(end.err.splitlines())) == ("", 1)
    missing = command("serve", str(tmp_path / "no.jsonl"))
    assert (missing.code, len(missing.err.splitlines())) == (1, 1)
    assert command("serve", str(empty), "--speed", "0").code == 2
