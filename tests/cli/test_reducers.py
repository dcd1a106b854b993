"""From ``module:name`` to a reducer and its initial state."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from socketstore.cli.chat import Chat, chat
from socketstore.cli.failing import Failure
from socketstore.cli.reducers import NO_FOLD, load_fold

MODULE = """
from dataclasses import dataclass
from socketstore import combine_reducers, connection_state

@dataclass(frozen=True)
class State:
    count: int = 0

def plain(state, action): return state
class Nested: inside = plain
class Needs:
    def __init__(self, argument): pass
both = combine_reducers(connection=connection_state)
number = 7
"""


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "found_here.py").write_text(MODULE)
    (tmp_path / "broken_here.py").write_text("1 / 0")
    (tmp_path / "exits_here.py").write_text("raise SystemExit(3)")
    (tmp_path / "needs_more.py").write_text("import not_installed_at_all")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [*sys.path])
    for name in ("found_here", "broken_here", "exits_here", "needs_more"):
        monkeypatch.delitem(sys.modules, name, raising=False)
    return tmp_path


def test_a_slice_brings_its_initial_state_along() -> None:
    fold = load_fold("socketstore.cli.chat:chat", None)
    assert fold.reducer is chat
    assert fold.initial == Chat()


def test_a_combination_in_the_current_folder_does_too() -> None:
    assert load_fold("found_here:both", None).initial["connection"].phase == "idle"


def test_a_plain_function_is_given_a_value_or_a_class_to_call() -> None:
    assert load_fold("found_here:plain", "found_here:number").initial == 7
    assert load_fold("found_here:plain", "found_here:State").initial.count == 0


def test_a_name_may_have_dots() -> None:
    assert load_fold("found_here:Nested.inside", "builtins:int").reducer(3, None) == 3


def test_the_initial_state_that_is_named_comes_before_the_reducer_s_own() -> None:
    assert load_fold("socketstore.cli.chat:chat", "found_here:number").initial == 7


def test_without_a_reducer_nothing_is_folded() -> None:
    fold = load_fold(None, None)
    assert fold is NO_FOLD
    assert fold.reducer(fold.initial, "anything") is fold.initial


@pytest.mark.parametrize(
    ("reducer", "initial", "complaint", "code"),
    [
        ("found_here", None, "expected module:name", 2),
        (":plain", None, "expected module:name", 2),
        ("found_here:", None, "expected module:name", 2),
        (None, "found_here:State", "--reducer module:name", 2),
        ("nowhere:plain", None, "there is no module nowhere", 2),
        ("nowhere.at.all:plain", None, "there is no module nowhere.at.all", 2),
        ("found_here:missing", None, "has no missing", 2),
        ("found_here:number", None, "expected a function", 2),
        ("found_here:plain", None, "add --initial module:name", 2),
        ("found_here:plain", "found_here:Needs", "raised TypeError", 1),
        ("broken_here:plain", None, "ZeroDivisionError", 1),
        ("exits_here:plain", None, "SystemExit", 1),
        ("needs_more:plain", None, "No module named 'not_installed_at_all'", 1),
        ("..relative:plain", None, "raised TypeError", 1),
    ],
)
def test_what_cannot_be_used_is_told_with_what_to_do(
    reducer: str | None, initial: str | None, complaint: str, code: int
) -> None:
    with pytest.raises(Failure) as failure:
        load_fold(reducer, initial)
    assert complaint in str(failure.value)
    assert failure.value.exit_code == code
