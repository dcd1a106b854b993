"""Versions of action classes, and what is said of older ones: mistakes are told where they are made."""

from __future__ import annotations

from typing import Any, Literal

import pytest

from socketstore import Action, UsageError, removed_action, renamed_action, upcasts
from socketstore.actions.upcasting import Successor, step_of, successor_of


class PlumPicked(Action, version=3):
    weight: float


class PlumEaten(Action):
    weight: float


def same(fields: dict[str, Any]) -> dict[str, Any]:
    return fields


def test_a_class_has_version_1_unless_it_says_another() -> None:
    assert (PlumPicked.__action_version__, PlumEaten.__action_version__) == (3, 1)


def test_a_class_that_derives_from_another_has_a_version_of_its_own() -> None:
    class PlumPickedByHand(PlumPicked):
        pass

    assert PlumPickedByHand.__action_version__ == 1


def test_the_version_is_no_field_and_leaves_a_field_of_that_name_alone() -> None:
    class PlumReleased(Action, version=2, title="a release"):
        version: str

    assert PlumReleased(version="1.5").to_json() == '{"type":"plumReleased","version":"1.5"}'
    assert PlumReleased.model_config["title"] == "a release"


@pytest.mark.parametrize("version", [0, -1, True, "2", 1.5, None])
def test_what_is_no_version_is_refused(version: Any) -> None:
    with pytest.raises(UsageError, match=r"PlumLost has version=.*; expected 1, 2, \.\.\."):
        type("PlumLost", (Action,), {"__module__": __name__, "__qualname__": "PlumLost"}, version=version)


def test_the_decorator_returns_the_function() -> None:
    assert upcasts(PlumPicked, from_version=1)(same) is same


def test_a_step_is_declared_once() -> None:
    upcasts(PlumPicked, from_version=2)(same)
    with pytest.raises(UsageError, match="PlumPicked has a function for from_version=2 already"):
        upcasts(PlumPicked, from_version=2)(same)


@pytest.mark.parametrize("version", [0, 3, 4, "1", True])
def test_a_step_from_a_version_that_is_not_before_the_newest_is_refused(version: Any) -> None:
    with pytest.raises(UsageError, match=r"for PlumPicked, which has version 3; expected one before that \(1 to 2\)"):
        upcasts(PlumPicked, from_version=version)(same)


def test_a_class_of_version_1_has_no_step_and_the_message_says_how_it_gets_one() -> None:
    with pytest.raises(UsageError, match=r"\(none\).*class PlumEaten\(Action, version=2\)"):
        upcasts(PlumEaten, from_version=1)(same)


@pytest.mark.parametrize("arguments", [{}, {"from_version": 1, "from_tag": "plum"}])
def test_either_a_version_or_a_tag_is_needed(arguments: dict[str, Any]) -> None:
    with pytest.raises(UsageError, match="expected one of the two"):
        upcasts(PlumPicked, **arguments)


@pytest.mark.parametrize("kind", [Action, int, None, "PlumPicked"])
def test_only_action_classes_have_versions(kind: Any) -> None:
    with pytest.raises(UsageError, match="expected a class that derives from Action"):
        upcasts(kind, from_version=1)
    with pytest.raises(UsageError, match="expected a class that derives from Action"):
        renamed_action("plumOld", kind)


def test_the_tag_of_a_class_that_is_there_cannot_be_taken() -> None:
    for declare in (
        lambda: renamed_action("plumEaten", PlumPicked),
        lambda: removed_action("plumEaten"),
        lambda: upcasts(PlumPicked, from_tag="plumEaten", to_version=1)(same),
    ):
        with pytest.raises(UsageError, match=r"'plumEaten', which .*PlumEaten has; take that class away first"):
            declare()


def test_it_is_said_once_what_becomes_of_a_tag() -> None:
    removed_action("plumStone")
    with pytest.raises(UsageError, match="already what becomes of the tag 'plumStone'"):
        renamed_action("plumStone", PlumPicked)
    removed_action("plumStone")  # which a module that is loaded again may say


def test_a_module_that_is_loaded_again_may_say_it_again() -> None:
    def load() -> type[Action]:
        class PlumDried(Action, version=2):
            pass

        upcasts(PlumDried, from_version=1)(same)
        renamed_action("plumPrune", PlumDried)
        return PlumDried

    load()
    again = load()
    assert successor_of("plumPrune") == Successor(again)
    assert step_of(again, 1) is same


def test_a_module_that_only_renames_classes_of_others_may_be_loaded_again_as_well() -> None:
    renamed_action("plumKernel", PlumPicked)
    renamed_action("plumKernel", PlumPicked)
    with pytest.raises(UsageError, match="already what becomes of the tag 'plumKernel'"):
        renamed_action("plumKernel", PlumEaten)
    with pytest.raises(UsageError, match="already what becomes of the tag 'plumKernel'"):
        upcasts(PlumPicked, from_tag="plumKernel", to_version=3)(same)
    assert successor_of("plumKernel") == Successor(PlumPicked)


def test_a_function_for_a_tag_says_which_version_it_makes_once_there_are_several() -> None:
    with pytest.raises(UsageError, match="got to_version=None for PlumPicked, which has version 3; say which"):
        upcasts(PlumPicked, from_tag="plumGathered")(same)
    with pytest.raises(UsageError, match="got to_version=4"):
        upcasts(PlumPicked, from_tag="plumGathered", to_version=4)(same)


@pytest.mark.parametrize("tag", ["", None, 5])
def test_a_tag_is_a_text(tag: Any) -> None:
    with pytest.raises(UsageError, match="expected the text that stands as type"):
        removed_action(tag)


def test_a_class_may_have_several_tags_and_a_version() -> None:
    class PlumMoved(Action, version=2):
        type: Literal["plumUp", "plumDown"] = "plumUp"

    assert PlumMoved(type="plumDown").to_json() == '{"type":"plumDown"}'
