"""Old actions in logs: made anew while reading, or told with the entry and the way to mend it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Generic, Literal, TypeVar

import pytest

from socketstore import (
    Action,
    ActionEntry,
    DecodeError,
    Store,
    convert,
    open_log,
    record,
    removed_action,
    renamed_action,
    replay,
    upcasts,
)
from tests.log.bank import AT, AmountDeposited, header


class PearSold(Action, version=3):
    """Once had a price in a text, then in a number, and now in cents; and was called differently before that."""

    cents: int
    sort: str = "unknown"


class PearWeighed(Action, version=2):
    type: Literal["pearLight", "pearHeavy"] = "pearLight"
    grams: int


T = TypeVar("T")


class PearBoxed(Action, Generic[T], version=2):
    inside: T


@upcasts(PearBoxed, from_version=1)
def to_inside(fields: dict[str, Any]) -> dict[str, Any]:
    return {"inside": fields["content"]}


class PearShelved(Action, version=3):
    """Of whose old versions nothing is said."""

    shelf: int


class PearBroken(Action, version=4):
    """Whose functions do what they should not."""

    pieces: int


@upcasts(PearSold, from_version=1)
def to_number(fields: dict[str, Any]) -> dict[str, Any]:
    return {**fields, "price": float(fields["price"])}


@upcasts(PearSold, from_version=2)
def to_cents(fields: dict[str, Any]) -> dict[str, Any]:
    return {"cents": round(fields.pop("price") * 100), **fields}


@upcasts(PearSold, from_tag="pearBought", to_version=2)
def from_the_other_side(fields: dict[str, Any]) -> dict[str, Any]:
    return {"price": fields["paid"]}


@upcasts(PearWeighed, from_version=1)
def to_grams(fields: dict[str, Any]) -> dict[str, Any]:
    return {"type": fields["type"], "grams": fields["pounds"] * 500}


@upcasts(PearBroken, from_version=1)
def raising(fields: dict[str, Any]) -> dict[str, Any]:
    return {"pieces": fields["halves"] * 2}


@upcasts(PearBroken, from_version=2)
def returning_a_list(fields: dict[str, Any]) -> Any:
    return [fields]


@upcasts(PearBroken, from_version=3)
def of_no_json(fields: dict[str, Any]) -> dict[str, Any]:
    return {"pieces": fields.get("many", object())}


renamed_action("pearSell", PearSold)
removed_action("pearPeeled")


def entry(action: dict[str, Any], version: int | None = None, sequence: int = 1) -> bytes:
    beside = {} if version is None else {"version": version}
    line = {"kind": "action", "sequence": sequence, "at": AT, **beside, "action": action}
    return json.dumps(line, separators=(",", ":")).encode() + b"\n"


def read(folder: Path, *lines: bytes) -> list[Any]:
    (folder / "a.jsonl").write_bytes(header() + b"".join(lines))
    with open_log(folder / "a.jsonl") as log:
        return list(log.read())


@pytest.mark.parametrize(
    ("action", "version"),
    [
        ({"type": "pearSold", "cents": 150, "sort": "red"}, 3),
        ({"type": "pearSold", "price": 1.5, "sort": "red"}, 2),
        ({"type": "pearSold", "price": "1.50", "sort": "red"}, 1),
        ({"type": "pearSold", "price": "1.50", "sort": "red"}, None),
        ({"type": "pearSell", "price": "1.50", "sort": "red"}, None),
        ({"type": "pearSell", "price": 1.5, "sort": "red"}, 2),
    ],
)
def test_actions_of_older_versions_and_other_names_become_what_they_are_now(
    tmp_path: Path, action: dict[str, Any], version: int | None
) -> None:
    assert read(tmp_path, entry(action, version)) == [ActionEntry(1, AT, PearSold(cents=150, sort="red"))]


def test_a_function_for_a_tag_makes_the_version_that_it_names(tmp_path: Path) -> None:
    (found,) = read(tmp_path, entry({"type": "pearBought", "paid": 2.5}))
    assert found.action == PearSold(cents=250)


def test_a_class_of_several_tags_keeps_the_one_that_was_recorded(tmp_path: Path) -> None:
    (found,) = read(tmp_path, entry({"type": "pearHeavy", "pounds": 2}))
    assert found.action == PearWeighed(type="pearHeavy", grams=1000)


def test_removed_actions_are_passed_over_and_their_numbers_stay_taken(tmp_path: Path) -> None:
    lines = [entry({"type": "pearSold", "cents": 1}, 3), entry({"type": "pearPeeled", "x": 1}, sequence=2)]
    found = read(tmp_path, *lines, entry({"type": "pearSold", "cents": 2}, 3, sequence=3))
    assert [one.sequence for one in found] == [1, 3]


def test_the_order_of_keys_and_spaces_make_no_difference(tmp_path: Path) -> None:
    by_hand = (
        b'{ "action": {"cents": 7, "type": "pearSold"}, "version": 3, "at": 1, "sequence": 1, "kind": "action" }\n'
    )
    assert [one.action for one in read(tmp_path, by_hand)] == [PearSold(cents=7)]


def test_the_version_is_written_only_if_it_is_not_1(tmp_path: Path) -> None:
    with open_log(tmp_path / "a.jsonl", mode="x") as log:
        log.append(PearSold(cents=1))
        log.append(AmountDeposited(amount=1))
    _, first, second = map(json.loads, (tmp_path / "a.jsonl").read_text().splitlines())
    assert first["version"] == 3
    assert "version" not in second
    with open_log(tmp_path / "a.jsonl") as log:
        assert [one.action for one in log.read()] == [PearSold(cents=1), AmountDeposited(amount=1)]  # type: ignore[union-attr]


@pytest.mark.parametrize("suffix", [".jsonl", ".db"])
def test_a_session_of_old_actions_replays_into_the_state_of_today(tmp_path: Path, suffix: str) -> None:
    def till(cents: int, action: object) -> int:
        return cents + action.cents if isinstance(action, PearSold) else cents

    old = [{"price": "1.00"}, {"price": "0.50"}, {"price": "0.25"}]
    lines = [entry({"type": "pearSold", **fields}, sequence=n) for n, fields in enumerate(old, start=1)]
    peeled = entry({"type": "pearPeeled"}, sequence=4)
    (tmp_path / "old.jsonl").write_bytes(header() + b"".join(lines) + peeled)
    session = tmp_path / f"session{suffix}"
    assert convert(tmp_path / "old.jsonl", session if suffix == ".db" else tmp_path / "x.db") == 4
    if suffix == ".jsonl":
        convert(tmp_path / "x.db", session)
    with open_log(session, mode="a") as log:
        state = replay(log, till, 0)
        assert state == 175
        Store(till, state, middleware=[record(log)]).dispatch(PearSold(cents=25))
        assert replay(log, till, 0) == 200


# What cannot be read is told with its entry and the way to mend it.


def refused(folder: Path, action: dict[str, Any], version: Any = None) -> str:
    with pytest.raises(DecodeError) as caught:
        read(folder, entry({"type": "pearSold", "cents": 1}, 3), entry(action, version, sequence=8))
    return str(caught.value)


def test_a_version_of_which_nothing_is_said_is_refused_with_a_snippet_that_can_be_pasted(tmp_path: Path) -> None:
    message = refused(tmp_path, {"type": "pearShelved", "shelf": 1})
    said, _, snippet = message.partition("\n\n")
    assert f"{tmp_path / 'a.jsonl'}, line 3: got version 1 of 'pearShelved'; " in said
    assert "PearShelved has version 3, and nothing says what becomes of version 1." in said
    assert said.endswith("This is entry 8.")
    exec(snippet, {"upcasts": upcasts, "PearShelved": PearShelved, "Any": Any})  # noqa: S102 - our own words
    assert "nothing says what becomes of version 2" in refused(tmp_path, {"type": "pearShelved", "shelf": 1})


def test_a_newer_version_is_refused(tmp_path: Path) -> None:
    assert "PearSold has version 3. A newer program recorded it" in refused(tmp_path, {"type": "pearSold"}, 4)
    fields = {"type": "amountDeposited", "amount": 1}
    assert "got version 2 of 'amountDeposited'; tests.log.bank.AmountDeposited has version 1." in refused(
        tmp_path, fields, 2
    )


@pytest.mark.parametrize("version", [2, 5])
def test_a_newer_version_is_refused_however_its_line_was_written(tmp_path: Path, version: int) -> None:
    action = '{"type": "amountDeposited", "amount": 1}'
    line = f'{{ "action": {action}, "version": {version}, "at": 1, "sequence": 1, "kind": "action" }}\n'
    with pytest.raises(DecodeError, match=f"got version {version} of 'amountDeposited'"):
        read(tmp_path, line.encode())


def test_an_unknown_tag_is_refused_with_what_to_say_of_it(tmp_path: Path) -> None:
    message = refused(tmp_path, {"type": "pearForgotten"})
    assert "got the unknown tag 'pearForgotten'" in message
    assert "renamed_action('pearForgotten', NewName)" in message
    assert "removed_action('pearForgotten'). A struct of msgspec is named: open_log(path, actions=[...])" in message
    assert message.endswith("This is entry 8.")


@pytest.mark.parametrize("version", [0, -1, "1", 1.5, None, True])
def test_what_is_no_version_is_refused(tmp_path: Path, version: Any) -> None:
    line = json.dumps(
        {
            "kind": "action",
            "sequence": 1,
            "at": 1,
            "version": version,
            "action": {"type": "amountDeposited", "amount": 1},
        }
    )
    with pytest.raises(DecodeError, match=r"line 2: got version .*; expected a whole number"):
        read(tmp_path, line.encode() + b"\n")


def test_fields_that_do_not_fit_are_refused_with_the_hint_at_versions(tmp_path: Path) -> None:
    message = refused(tmp_path, {"type": "amountDeposited", "sum": 1})
    assert "amount: Field required" in message
    assert "class AmountDeposited(Action, version=2)" in message
    assert "@upcasts(AmountDeposited, from_version=1)" in message


@pytest.mark.parametrize(
    ("version", "fields", "words"),
    [
        (1, {}, "raising, which upcasts to test_old_actions.PearBroken, raised KeyError: 'halves', on {"),
        (2, {}, "returning_a_list, which upcasts to test_old_actions.PearBroken, returned [{"),
        (3, {}, "made fields that are no JSON"),
        (3, {"many": "few"}, "pieces='few': Input should be a valid integer"),
        (3, {"many": "few"}, "so version 3, upcast to 4, does not fit test_old_actions.PearBroken. This is entry 8."),
    ],
)
def test_functions_that_fail_are_told_with_the_entry(
    tmp_path: Path, version: int, fields: dict[str, Any], words: str
) -> None:
    message = refused(tmp_path, {"type": "pearBroken", **fields}, version)
    assert words in message
    assert "line 3: " in message
    assert "This is entry 8." in message


def test_a_generic_class_gives_its_version_and_its_functions_to_those_with_parameters(tmp_path: Path) -> None:
    now = PearBoxed[int](inside=3)
    (old,) = read(tmp_path, entry({"type": now.type, "content": 3}))
    assert old.action == now
    with open_log(tmp_path / "new.jsonl", mode="x") as log:
        log.append(now)
        (kept,) = log.read()
    assert '"version":2,"action"' in (tmp_path / "new.jsonl").read_text(encoding="utf-8")
    assert isinstance(kept, ActionEntry)
    assert kept.action == now


class PearPicked(Action, version=2):
    type: Literal["pearGreen", "pearYellow"] = "pearGreen"
    branch: int


@upcasts(PearPicked, from_version=1)
def to_branch(fields: dict[str, Any]) -> dict[str, Any]:
    return {"branch": int(fields["name"])}


def test_one_of_several_tags_stays_if_a_function_leaves_it_out(tmp_path: Path) -> None:
    (old,) = read(tmp_path, entry({"type": "pearYellow", "name": "7"}))
    assert old.action == PearPicked(type="pearYellow", branch=7)
