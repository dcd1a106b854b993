"""``socketstore diff``: two recorded sessions."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Run
from tests.cli.programs import Program
from tests.cli.sessions import Fields, everything, write_session
from tests.cli.terminals import socketstore_in_terminal


def baked(number: int, **more: Any) -> Fields:
    return {"kind": "action", "action": {"type": "bagelBaked", "at": number, "number": number, **more}}


@pytest.fixture
def other(tmp_path: Path) -> Path:
    return tmp_path / "other.jsonl"


def summary(out: str) -> Any:
    return json.loads(out.splitlines()[-1])


def test_the_same_session_recorded_at_another_time_is_the_same(command: Run, whole_session: Path, other: Path) -> None:
    write_session(other, everything(), at=lambda number: 5.0 * number)
    end = command("diff", str(whole_session), str(other))
    assert (end.code, end.out, end.err) == (0, "The sessions are the same.\n", "")
    as_json = command("diff", str(whole_session), str(other), "--json")
    assert (as_json.code, summary(as_json.out)) == (
        0,
        {"same": True, "first": None, "changed": 0, "added": 0, "removed": 0},
    )


def test_times_count_if_they_are_asked_for(command: Run, whole_session: Path, other: Path) -> None:
    write_session(other, everything(), at=lambda number: 5.0 * number)
    end = command("diff", str(whole_session), str(other), "--times", "--json")
    assert (end.code, summary(end.out)["changed"]) == (1, len(everything()))


def test_what_was_removed_added_and_changed_is_told_apart(command: Run, tmp_path: Path, other: Path) -> None:
    bakery = [baked(number) for number in range(10)]
    one = write_session(tmp_path / "one.jsonl", bakery)
    write_session(
        other,
        [*bakery[:3], *bakery[4:7], {"kind": "note", "text": "more flour"}, baked(7, seeds=["poppy"]), *bakery[8:]],
    )
    end = command("diff", str(one), str(other))
    assert (end.code, end.err) == (1, "")
    assert [line.split() for line in end.out.splitlines()] == [
        ["-", "4", "3.000", "bagelBaked", "number=3"],
        ["+", "7", "6.000", "note", "more", "flour"],
        ["~", "8", "7.000", "bagelBaked", "number=7"],
        ["action.seeds:", "added", "['poppy']"],
        ["They", "differ", "from", "entry", "4", "on:", "1", "changed,", "1", "added,", "1", "removed."],
    ]


def test_json_is_an_object_for_each_place_and_the_counts_last(command: Run, tmp_path: Path, other: Path) -> None:
    one = write_session(tmp_path / "one.jsonl", [baked(1), baked(2)])
    write_session(other, [baked(1), baked(3), baked(4)])
    end = command("diff", str(one), str(other), "--json")
    changed, added, last = map(json.loads, end.out.splitlines())
    assert (changed["change"], changed["before"]["sequence"], changed["after"]["sequence"]) == ("changed", 2, 2)
    assert changed["differences"] == [{"path": "action.number", "before": 2, "after": 3}]
    assert (added["change"], added["after"]["action"]["number"]) == ("added", 4)
    assert "before" not in added
    assert last == {"same": False, "first": 2, "changed": 1, "added": 1, "removed": 0}


def test_keys_that_do_not_count_can_be_named(command: Run, tmp_path: Path, other: Path) -> None:
    one = write_session(tmp_path / "one.jsonl", [baked(1, oven="left")])
    write_session(other, [baked(1, oven="right")])
    assert command("diff", str(one), str(other)).code == 1
    assert command("diff", str(one), str(other), "--ignore", "oven").code == 0


def test_true_and_one_are_not_the_same_and_the_order_of_keys_does_not_count(
    command: Run, tmp_path: Path, other: Path
) -> None:
    one = write_session(tmp_path / "one.jsonl", [{"kind": "value", "value": {"a": 1, "b": {"c": 1, "d": 2}}}])
    write_session(other, [{"kind": "value", "value": {"b": {"d": 2, "c": 1}, "a": 1}}])
    assert command("diff", str(one), str(other)).code == 0
    write_session(other, [{"kind": "value", "value": {"b": {"d": 2, "c": 1}, "a": True}}])
    assert command("diff", str(one), str(other)).code == 1


def test_a_limit_cuts_what_is_shown_and_not_what_is_counted(command: Run, whole_session: Path, other: Path) -> None:
    write_session(other, [])
    end = command("diff", str(whole_session), str(other), "--limit", "2")
    assert (end.code, len(end.out.splitlines())) == (1, 3)
    assert f"{len(everything())} removed" in end.out


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        ([], "expected another one, or two positions"),
        (["--at", "1"], "expected another one, or two positions"),
        (["--at", "1", "--at", "2"], "got --at without a reducer"),
        (["no.jsonl"], "could not read the log no.jsonl"),
        (["{session}", "--at", "1"], "got two sessions and --at"),
        (["no.txt"], "expected a name that ends in"),
    ],
)
def test_trouble_is_one_line_and_exit_code_2(
    command: Run, whole_session: Path, options: list[str], complaint: str
) -> None:
    end = command("diff", str(whole_session), *(option.format(session=whole_session) for option in options))
    assert (end.code, end.out) == (2, "")
    assert len(end.err.splitlines()) == 1
    assert complaint in end.err


def test_damage_is_trouble_and_no_difference(command: Run, whole_session: Path, other: Path) -> None:
    other.write_bytes(whole_session.read_bytes() + b"damage\n")
    end = command("diff", str(whole_session), str(other))
    assert (end.code, len(end.err.splitlines())) == (2, 1)
    assert "socketstore repair" in end.err


def test_it_ends_quietly_when_nobody_reads_it_any_more(whole_session: Path, other: Path) -> None:
    write_session(other, everything() * 500)
    with Program("diff", str(whole_session), str(other)) as program:
        program.until("connecting")
        program.stop_reading()
        end = program.finish()
    assert (end.code, end.err) == (0, "")


def test_a_bar_on_the_terminal_stays_out_of_the_pipe(tmp_path: Path, other: Path) -> None:
    one = write_session(tmp_path / "one.jsonl", everything() * 2_000)
    write_session(other, [*everything() * 2_000, baked(1)])
    with (tmp_path / "out.txt").open("w+") as out:
        with socketstore_in_terminal("diff", str(one), str(other), output=out) as terminal:
            assert terminal.finish() == 1
        out.seek(0)
        assert [line.split()[0] for line in out.read().splitlines()] == ["+", "They"]
    assert "Reading" in terminal.plain
    assert "They differ" not in terminal.plain


def test_one_lost_among_a_hundred_thousand_is_found(command: Run, tmp_path: Path, other: Path) -> None:
    many = [baked(number) for number in range(100_000)]
    one = write_session(tmp_path / "one.jsonl", many)
    write_session(other, many[:50_000] + many[50_001:])
    assert summary(command("diff", str(one), str(other), "--json").out) == {
        "same": False,
        "first": 50_001,
        "changed": 0,
        "added": 0,
        "removed": 1,
    }
