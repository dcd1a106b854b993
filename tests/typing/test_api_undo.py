"""The file of typed examples also runs; that it is well typed, mypy and pyright say."""

from __future__ import annotations

import api_undo
import pytest

from socketstore import Undoable, UsageError


def test_the_typed_examples_run() -> None:
    assert api_undo.the_state_is_known() == Undoable(past=((),), present=("circle",))
    assert api_undo.a_function_can_be_undone() == 1
    assert api_undo.part_of_an_app().drawing.can_redo


def test_a_mistake_that_the_types_find_is_also_found_when_it_runs() -> None:
    with pytest.raises(UsageError, match="limit='10'"):
        api_undo.mistakes_that_are_refused()
    with pytest.raises(UsageError, match="expected an Undoable"):
        api_undo.a_state_without_its_history()
