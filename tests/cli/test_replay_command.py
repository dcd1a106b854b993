"""``socketstore replay``."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from socketstore import Connecting, GotMessage, JustConnected, JustDisconnected, open_log
from tests.cli.bakeries import REDUCER, TrayCounted, write_trays
from tests.cli.conftest import Run
from tests.cli.programs import Program, finished
from tests.cli.sessions import write_session

SESSION = (
    Connecting(url="ws://there", at=10.0),
    JustConnected(url="ws://there", at=10.0, epoch=1),
    GotMessage(data="Hello?", at=11.5, epoch=1),
    JustDisconnected(code=1000, clean=True, at=12.0, epoch=1),
)


@pytest.fixture
def session(tmp_path: Path) -> Path:
    file = tmp_path / "session.jsonl"
    with open_log(file, mode="x") as log:
        for action in SESSION:
            log.append(action)
    return file


def test_without_a_reducer_it_lists_the_actions(command: Run, session: Path) -> None:
    end = command("replay", str(session))
    assert [line.split()[1:] for line in end.out.splitlines()] == [
        ["connecting", "ws://there"],
        ["justConnected", "ws://there"],
        ["gotMessage", '"Hello?"'],
        ["justDisconnected", "1000", "clean"],
    ]
    assert (end.code, end.err) == (0, "")


def test_with_a_reducer_it_also_prints_the_final_state(command: Run, session: Path) -> None:
    end = command("replay", str(session), "--reducer", "socketstore.cli.chat:chat")
    assert end.out.endswith("The state at the end:\nChat(online=False, lines=('Hello?',))\n")
    assert "gotMessage" in end.out


def test_json_is_one_object_a_line_and_the_state_last(command: Run, session: Path) -> None:
    end = command("replay", str(session), "--json", "--reducer", "socketstore.cli.chat:chat")
    *actions, last = map(json.loads, end.out.splitlines())
    assert [action["type"] for action in actions] == [action.type for action in SESSION]
    assert last == {"state": {"online": False, "lines": ["Hello?"]}}


def test_a_failure_that_was_recorded_is_listed(command: Run, session: Path) -> None:
    with open_log(session, mode="a") as log:
        log.append_failure(log.append({"any": "value"}), ValueError("boom"))
    end = command("replay", str(session))
    assert "the reducer raised on entry 5: ValueError: boom" in end.out
    assert json.loads(command("replay", str(session), "--json").out.splitlines()[-1]) == {
        "failed": 5,
        "error": "ValueError: boom",
    }


def test_what_happened_on_the_wire_is_no_action(command: Run, session: Path) -> None:
    with open_log(session, mode="a") as log:
        log.frame_came("Hello?", connection="default", epoch=1)
        log.note("over")
    assert len(command("replay", str(session)).out.splitlines()) == len(SESSION)


def test_a_session_that_was_cut_short_is_replayed_with_one_line_of_warning(session: Path) -> None:
    session.write_bytes(session.read_bytes()[:-5])
    end = finished("replay", str(session))
    assert end.code == 0
    assert len(end.out.splitlines()) == 3
    assert len(end.err.splitlines()) == 1
    assert "is unfinished and was passed over" in end.err


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (b"not a log\n", "is no socketstore log"),
        (b'{"kind":"header","format":"socketstore-log","version":99,"created":0}\n', "Upgrade socketstore"),
        (b"\xff\x00\n", "is no socketstore log"),
    ],
)
def test_a_file_that_is_no_log_is_one_line(command: Run, tmp_path: Path, content: bytes, complaint: str) -> None:
    file = tmp_path / "other.jsonl"
    file.write_bytes(content)
    end = command("replay", str(file))
    assert (end.code, end.out) == (1, "")
    assert len(end.err.splitlines()) == 1
    assert complaint in end.err
    assert "repair" not in end.err


def test_a_line_that_was_damaged_is_named(command: Run, session: Path) -> None:
    lines = session.read_bytes().splitlines(keepends=True)
    session.write_bytes(b"".join([*lines[:2], b"damage\n", *lines[3:]]))
    end = command("replay", str(session))
    assert end.code == 1
    assert "line 3" in end.err


def test_a_file_that_is_not_there_is_one_line(command: Run, tmp_path: Path) -> None:
    end = command("replay", str(tmp_path / "no.jsonl"))
    assert end.code == 1
    assert end.err.endswith("No such file or directory; check the path\n")


def test_an_unknown_action_says_where_its_class_can_come_from(session: Path) -> None:
    with session.open("a") as file:
        file.write('{"kind":"action","sequence":5,"at":1,"action":{"type":"soldOut"}}\n')
    (session.parent / "shop.py").write_text(
        "from socketstore import Action\n"
        "class SoldOut(Action): pass\n"
        "def shop(state, action): return action.type\n"
        "first = 'nothing yet'\n"
    )
    end = finished("replay", str(session), cwd=session.parent)
    assert end.code == 1
    assert len(end.err.splitlines()) == 1
    assert "soldOut" in end.err
    assert "add --reducer module:name" in end.err
    known = finished("replay", str(session), "--reducer", "shop:shop", "--initial", "shop:first", cwd=session.parent)
    assert (known.code, known.err) == (0, "")
    assert known.out.endswith("'soldOut'\n")


@pytest.mark.parametrize("name", ["tests.cli.bakeries:gone", "tests.cli.gone:gone", "tests.cli.bakeries:__name__"])
def test_a_name_that_is_misspelt_is_a_wrong_command_line(command: Run, session: Path, name: str) -> None:
    end = command("replay", str(session), "--reducer", name)
    assert (end.code, len(end.err.splitlines())) == (2, 1)


def test_a_reducer_that_raises_is_one_line_that_names_the_entry(command: Run, session: Path) -> None:
    end = command("replay", str(session), "--reducer", "operator:add", "--initial", "builtins:int")
    assert end.code == 1
    assert len(end.err.splitlines()) == 1
    assert "entry 1: the reducer raised TypeError" in end.err


@pytest.mark.parametrize("options", [[], ["--json"]])
def test_it_ends_quietly_when_nobody_reads_any_more(session: Path, options: list[str]) -> None:
    with open_log(session, mode="a") as log:
        for _ in range(2_000):  # more than a pipe holds
            log.append(SESSION[2])
    with Program("replay", str(session), *options) as program:
        program.until("connecting")
        program.stop_reading()
        end = program.finish()
    assert (end.code, end.err) == (0, "")


def test_the_script_finds_reducers_in_the_current_folder_too(session: Path) -> None:
    (session.parent / "mine.py").write_text("def count(state, action): return state + 1\n")
    script = "import sys; sys.path.remove(''); from socketstore.cli.main import main; main()"
    arguments = ["replay", str(session), "--reducer", "mine:count", "--initial", "builtins:int"]
    replayed = subprocess.run([sys.executable, "-c", script, *arguments], capture_output=True, cwd=session.parent)
    assert (replayed.returncode, replayed.stderr) == (0, b"")
    assert replayed.stdout.endswith(b"\n4\n")


@pytest.fixture
def trays(tmp_path: Path) -> str:
    return str(write_trays(tmp_path / "trays.jsonl", 1, 2, 3, states="snapshot"))  # entries 1, 3 and 5


def state_at_the_end(out: str) -> dict[str, object]:
    return json.loads(out.splitlines()[-1])["state"]


def test_it_can_end_at_an_entry(command: Run, trays: str) -> None:
    end = command("replay", trays, "--until", "3", "--json", *REDUCER)
    assert len(end.out.splitlines()) == 3
    assert state_at_the_end(end.out) == {"bagels": 13, "trays": [1, 2]}


def test_it_can_begin_with_the_last_snapshot(command: Run, trays: str) -> None:
    with open_log(trays, mode="a") as log:
        log.append(TrayCounted(bagels=4))
    end = command("replay", trays, "--from-snapshot", "--json", *REDUCER)
    assert [json.loads(line).get("bagels") for line in end.out.splitlines()] == [4, None]
    assert state_at_the_end(end.out) == {"bagels": 20, "trays": [2, 3, 4]}
    earlier = command("replay", trays, "--from-snapshot", "--until", "5", "--json", *REDUCER)
    assert len(earlier.out.splitlines()) == 2
    assert state_at_the_end(earlier.out) == {"bagels": 16, "trays": [1, 2, 3]}


@pytest.mark.parametrize("options", [(), (*REDUCER, "--speed", "2")])
def test_a_snapshot_without_a_reducer_or_in_time_is_wrong_usage(
    command: Run, trays: str, options: tuple[str, ...]
) -> None:
    end = command("replay", trays, "--from-snapshot", *options)
    assert (end.code, end.out, len(end.err.splitlines())) == (2, "", 1)


def test_it_can_be_played_in_time_with_each_state(command: Run, trays: str) -> None:
    end = command("replay", trays, "--speed", "inf", "--json", *REDUCER)
    lines = list(map(json.loads, end.out.splitlines()))
    assert [line["bagels"] if "bagels" in line else line["state"]["bagels"] for line in lines] == [
        *(1, 11),
        *(2, 13),
        *(3, 16),
        16,
    ]
    assert command("replay", trays, "--speed", "0").code == 2


def test_ctrl_c_ends_what_is_played_in_time(tmp_path: Path) -> None:
    slow = write_session(tmp_path / "slow.jsonl", [{"kind": "value", "value": 1}] * 2, at=lambda number: 9e3 * number)
    with Program("replay", str(slow), "--speed", "1") as program:
        program.until("1")
        program.interrupt()
        end = program.finish()
    assert (end.code, end.err, len(end.out.splitlines())) == (0, "", 1)


def test_frames_can_be_replayed_through_another_decoder(command: Run, tmp_path: Path) -> None:
    wire = [{"kind": "frameIn", "connection": "till", "text": text} for text in ("1", "2", "none")]
    session = str(write_session(tmp_path / "wire.jsonl", wire))
    decode = ("--decode", "tests.cli.bakeries:decode_tray")
    end = command("replay", session, "--json", *decode, *REDUCER)
    types = [json.loads(line).get("type") for line in end.out.splitlines()]
    assert types == ["trayCounted", "trayCounted", "messageRejected", None]
    assert state_at_the_end(end.out) == {"bagels": 13, "trays": [1, 2]}
    assert command("replay", session, *decode, "--connection", "oven", *REDUCER).code == 2  # only the till is there
    typed = command("replay", session, "--json", "--messages", "builtins:int")
    assert [json.loads(line).get("data") for line in typed.out.splitlines()] == [{"json": 1}, {"json": 2}, None]
    assert command("replay", session, "--decode", "tests.cli.bakeries:not_a_function").code == 2
