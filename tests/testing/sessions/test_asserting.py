"""What a recording must come to, and how it is said where it does not."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path
from typing import Any, Literal

import pytest

from socketstore import Action, GotMessage, JustConnected, Store, open_log, record
from socketstore.testing import assert_replays_to, assert_state_matches
from tests.testing.sessions.recordings import came, closed, opened, recording


@dataclass(frozen=True, slots=True)
class Till:
    coins: tuple[int, ...] = ()
    online: bool = False
    total: Decimal = Decimal(0)


class CoinAsserted(Action):
    type: Literal["coinAsserted"] = "coinAsserted"
    cents: int


def till(state: Till, action: object) -> Till:
    match action:
        case JustConnected():
            return replace(state, online=True)
        case CoinAsserted(cents=cents):
            return replace(state, coins=(*state.coins, cents), total=state.total + cents)
        case GotMessage(data=str(text)):
            return replace(state, coins=(*state.coins, int(text)), total=state.total + int(text))
    return state


def of_actions(folder: Path) -> Path:
    with open_log(folder / "actions.jsonl", mode="x") as log:
        log.append(JustConnected(url="ws://till", epoch=1))
        log.append(CoinAsserted(cents=5))
        log.append(CoinAsserted(cents=7))
    return folder / "actions.jsonl"


def of_frames(folder: Path) -> Path:
    return recording(folder, opened(), came("5"), came("7"), closed())


@pytest.mark.parametrize("make", [of_actions, of_frames])
def test_a_session_that_gives_the_expected_state_passes(tmp_path: Path, make: object) -> None:
    path = of_actions(tmp_path) if make is of_actions else of_frames(tmp_path)
    expected = Till((5, 7), online=True, total=Decimal(12))
    assert_replays_to(path, till, Till(), expected)
    with open_log(path) as log:
        assert_replays_to(log, till, Till(), expected)


def test_another_state_is_told_by_path(tmp_path: Path) -> None:
    with pytest.raises(AssertionError) as failed:
        assert_replays_to(of_actions(tmp_path), till, Till(), Till((5, 8), online=True, total=Decimal(13)))
    first, *lines = str(failed.value).splitlines()
    assert first == f"replaying {tmp_path / 'actions.jsonl'} does not give the expected state; expected -> got:"
    assert lines == ["  coins[1]: 8 -> 7", "  total: Decimal('13') -> Decimal('12')"]


def test_messages_that_could_not_be_decoded_are_counted(tmp_path: Path) -> None:
    with pytest.raises(AssertionError) as failed:
        assert_replays_to(of_frames(tmp_path), till, Till(), Till((5, 7), online=True), messages=CoinAsserted)
    *_, hint = str(failed.value).splitlines()
    assert hint.startswith("2 messages were rejected; the first: ")
    assert "CoinAsserted" in hint


def test_a_reducer_that_raises_on_what_came_is_told_with_its_entry_though_the_state_is_the_same(tmp_path: Path) -> None:
    path = recording(tmp_path, opened(), came("5"), came("five"), came("six"), came("7"), closed())
    with pytest.raises(AssertionError) as failed:
        assert_replays_to(path, till, Till(), Till((5, 7), online=True, total=Decimal(12)))
    first, *lines = str(failed.value).splitlines()
    assert first == f"replaying {path}: the reducer raised on what came:"
    assert lines[0].startswith("  entry 3: ValueError: invalid literal for int() with base 10: 'five' on GotMessage(")
    assert lines[1].startswith("  entry 4: ValueError: ")
    assert len(lines) == 2


def test_what_a_reducer_raised_is_told_before_the_differences(tmp_path: Path) -> None:
    path = recording(tmp_path, opened(), *map(came, ["five"] * 30), closed())
    with pytest.raises(AssertionError) as failed:
        assert_replays_to(path, till, Till(), Till((5,), online=True, total=Decimal(5)))
    lines = str(failed.value).splitlines()
    assert lines[1].startswith("  entry 2: ValueError: ")
    assert lines[21:23] == ["  ... and more", "it does not give the expected state; expected -> got:"]
    assert lines[23].startswith("  coins")


def test_a_reducer_that_returns_nothing_is_told_as_one_that_raises(tmp_path: Path) -> None:
    def forgetful(state: Till, action: object) -> Any:
        return None if isinstance(action, GotMessage) else state

    with pytest.raises(AssertionError, match=r"\n  entry 2: ReducerError: the reducer returned None"):
        assert_replays_to(of_frames(tmp_path), forgetful, Till(), Till())


def test_a_reducer_that_raises_where_it_did_when_it_was_recorded_is_as_recorded(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    with open_log(path, mode="x") as log:
        store = Store(till, Till(), middleware=[record(log)])
        for number, text in enumerate(["5", "five", "7"], 1):
            log.frame_came(text, connection="default", epoch=number)
            with suppress(ValueError):
                store.dispatch(GotMessage(data=text, epoch=1))
    expected = Till((5, 7), total=Decimal(12))
    assert_replays_to(path, till, Till(), expected)
    assert_replays_to(path, till, Till(), expected, connection="default")
    with open_log(path, mode="a") as log:
        log.frame_came("nine", connection="default", epoch=1)
    with pytest.raises(AssertionError, match=r"entry \d+: ValueError: .*'nine'") as failed:
        assert_replays_to(path, till, Till(), expected, connection="default")
    assert "'five'" not in str(failed.value)


def test_of_very_many_differences_the_first_are_shown(tmp_path: Path) -> None:
    with pytest.raises(AssertionError) as failed:
        assert_replays_to(of_actions(tmp_path), till, Till(), Till(tuple(range(100, 200)), online=True))
    assert len(str(failed.value).splitlines()) == 22
    assert str(failed.value).endswith("... and more")


def test_a_state_is_kept_and_compared(tmp_path: Path) -> None:
    path = tmp_path / "states" / "till.json"
    state = Till((5,), online=True, total=Decimal("1.50"))
    with pytest.raises(AssertionError, match="there is no expected state"):
        assert_state_matches(state, path)
    assert_state_matches(state, path, update=True)
    assert_state_matches(state, path)
    assert [file.name for file in path.parent.iterdir()] == ["till.json"]
    with pytest.raises(AssertionError, match=r"\n  coins\[0\]: 5 -> 6$"):
        assert_state_matches(replace(state, coins=(6,)), path)


def test_a_kept_state_that_no_longer_fits_the_class_is_compared_as_json(tmp_path: Path) -> None:
    path = tmp_path / "till.json"
    path.write_text('{"coins":"none","online":true,"total":"0"}')
    with pytest.raises(AssertionError, match=r"\['coins'\]: 'none' -> \[\]"):
        assert_state_matches(Till(online=True), path)
