"""``socketstore watch``."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from socketstore import Action, JustDisconnected
from tests.cli.conftest import Run
from tests.cli.programs import Program, finished

REDUCERS = """
from socketstore import GotMessage

def count(state, action):
    return state + isinstance(action, GotMessage)

def fails(state, action):
    if isinstance(action, GotMessage):
        raise ValueError("boom")
    return state
"""


def types(out: str) -> list[str]:
    return [line.split()[1] for line in out.splitlines() if "→" not in line]


def test_it_shows_actions_and_ends_with_0_when_the_server_closes_cleanly(command: Run, url: str) -> None:
    end = command("watch", url, "--send", "one", "--send", "bye")
    assert types(end.out) == ["connecting", "justConnected", "gotMessage", "gotMessage", "justDisconnected"]
    assert '  "one"\n' in end.out
    assert '1001 clean "as told"' in end.out
    assert (end.code, end.err) == (0, "")


def test_it_ends_with_1_and_one_line_when_the_connection_breaks(command: Run, url: str) -> None:
    end = command("watch", url, "--send", "cut")
    assert types(end.out)[-2:] == ["gotError", "justDisconnected"]
    assert end.code == 1
    assert len(end.err.splitlines()) == 1
    assert f"the connection to {url} broke" in end.err


def test_json_is_one_action_a_line(command: Run, url: str) -> None:
    end = command("watch", url, "--json", "--send", "bye")
    actions = [Action.from_json(line) for line in end.out.splitlines()]
    assert [action.type for action in actions] == ["connecting", "justConnected", "gotMessage", "justDisconnected"]
    assert isinstance(actions[-1], JustDisconnected)
    assert actions[-1].code == 1001


def test_a_reducer_s_state_is_shown_whenever_it_has_changed(command: Run, url: str) -> None:
    end = command("watch", url, "--reducer", "socketstore.cli.chat:chat", "--send", "bye")
    assert [line.strip() for line in end.out.splitlines() if "→" in line] == [
        "→ Chat(online=True, lines=())",
        '→ Chat(online=True, lines=("bye",))',
        '→ Chat(online=False, lines=("bye",))',
    ]


def test_json_states_stand_between_the_actions(command: Run, url: str) -> None:
    end = command("watch", url, "--json", "--reducer", "socketstore.cli.chat:chat", "--send", "bye")
    states = [entry["state"] for entry in map(json.loads, end.out.splitlines()) if "state" in entry]
    assert states[-1] == {"online": False, "lines": ["bye"]}


def test_a_reducer_is_found_in_the_current_folder(tmp_path: Path, url: str) -> None:
    (tmp_path / "counting.py").write_text(REDUCERS)
    end = finished(
        "watch", url, "--reducer", "counting:count", "--initial", "builtins:int", "--send", "bye", cwd=tmp_path
    )
    assert (end.code, end.err) == (0, "")
    assert "→ 1\n" in end.out


def test_a_reducer_that_raises_is_told_of_in_one_line_and_the_watch_goes_on(tmp_path: Path, url: str) -> None:
    (tmp_path / "counting.py").write_text(REDUCERS)
    end = finished(
        "watch", url, "--reducer", "counting:fails", "--initial", "builtins:int", "--send", "bye", cwd=tmp_path
    )
    assert types(end.out)[-3:] == ["gotMessage", "messageRejected", "justDisconnected"]
    assert end.err == "socketstore: dispatching GotMessage raised: ValueError: boom\n"


def test_a_refused_port_is_one_line(command: Run, dead_url: str) -> None:
    end = command("watch", dead_url)
    assert end.code == 1
    assert (
        end.err
        == f"socketstore: could not open {dead_url}: nothing listens there; start the server or check the port\n"
    )


@pytest.mark.parametrize("wrong", ["http://127.0.0.1:1", "localhost:8080", "nonsense", "ws://"])
def test_a_wrong_url_is_one_line_and_nothing_else(command: Run, wrong: str) -> None:
    end = command("watch", wrong)
    assert (end.code, end.out) == (1, "")
    assert len(end.err.splitlines()) == 1
    assert "expected ws://host:port/path or wss://..." in end.err


def test_with_reconnect_it_connects_again_until_ctrl_c(url: str) -> None:
    with Program("watch", url, "--reconnect", "--send", "bye") as watch:
        watch.until("justDisconnected")
        watch.until("reconnectScheduled")
        watch.until("justConnected")
        watch.interrupt()
        end = watch.finish()
    assert (end.code, end.err) == (0, "")


def test_ctrl_c_closes_cleanly(url: str) -> None:
    with Program("watch", url) as watch:
        watch.until("justConnected")
        watch.interrupt()
        end = watch.finish()
    assert end.out.endswith("1000 clean\n")
    assert (end.code, end.err) == (0, "")


@pytest.mark.parametrize("options", [(), ("--json",)])
def test_it_ends_quietly_when_nobody_reads_any_more(url: str, options: tuple[str, ...]) -> None:
    with Program("watch", url, "--reconnect", "--send", "bye", *options) as watch:  # it always has more to say
        watch.until("connecting")
        watch.stop_reading()
        end = watch.finish()
    assert (end.code, end.err) == (0, "")
