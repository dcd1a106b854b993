"""The tree under a collection: sorted whatever happens, of even height, and sharing what did not change."""

from __future__ import annotations

from bisect import insort
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from socketstore.store import ordered
from socketstore.store.ordered import Ordered
from tests.store.trees import check, height, nodes

ENTRIES = st.tuples(st.integers(0, 200), st.integers(0, 3))
MANY = 5_000


@pytest.fixture(params=[8, 32], ids=["narrow", "wide"], autouse=True)
def width(request, monkeypatch):
    """Make nodes small as well, so that a few entries fill a tree of several levels."""
    monkeypatch.setattr(ordered, "MOST", request.param)
    monkeypatch.setattr(ordered, "FEWEST", request.param // 4)
    monkeypatch.setattr(ordered, "FILLED", request.param * 3 // 4)


def test_entries_added_one_by_one_come_out_sorted():
    tree = Ordered()
    for number in range(MANY):
        tree = tree.adding((number * 7919 % MANY,))
    check(tree)
    assert list(tree) == [(number,) for number in range(MANY)]


def test_a_tree_built_at_once_takes_more_and_gives_up_all():
    tree = Ordered.of([(number,) for number in reversed(range(0, MANY, 2))])
    check(tree)
    for number in range(1, MANY, 2):
        tree = tree.adding((number,))
    check(tree)
    for number in range(MANY):
        tree = tree.removing((number * 7919 % MANY,))
    assert tree.root == ()


@pytest.mark.parametrize("count", [*range(70), 500])
def test_a_tree_of_any_size_can_be_built_at_once(count):
    tree = Ordered.of([(number,) for number in range(count)])
    check(tree)
    assert len(list(tree)) == count


def test_first_in_first_out_keeps_the_tree_low():
    tree = Ordered.of([(number,) for number in range(100)])
    for number in range(MANY):
        tree = tree.removing((number,)).adding((number + 100,))
    check(tree)
    assert height(tree.root) <= height(Ordered.of([(number,) for number in range(100)]).root) + 2


def test_a_change_copies_one_path_and_shares_the_rest():
    before = Ordered.of([(number,) for number in range(MANY)])
    levels = height(before.root) + 1
    for after in (before.adding((77.5,)), before.removing((77,))):
        copied = {id(node) for node in nodes(after.root)} - {id(node) for node in nodes(before.root)}
        assert levels <= len(copied) <= 3 * levels
    assert list(before) == [(number,) for number in range(MANY)]


def test_what_cannot_be_compared_is_refused_by_the_entries_and_changes_nothing():
    tree = Ordered.of([(number,) for number in range(100)])
    with pytest.raises(TypeError):
        tree.adding(("text",))
    check(tree)
    assert len(list(tree)) == 100


def test_what_is_not_there_is_not_removed_and_nothing_else_is():
    tree = Ordered.of([(number,) for number in range(0, 100, 2)])
    for entry in ((-1,), (51,), (100,)):
        with pytest.raises(ValueError, match="not where it was put"):
            tree.removing(entry)
    assert len(list(tree)) == 50


@pytest.mark.parametrize("count", [2, 60])
def test_entries_of_which_none_is_the_least_are_refused(count):
    sets = [(frozenset({number}),) for number in range(count)]
    with pytest.raises(ValueError, match="neither less than"):
        Ordered.of(sets)
    with pytest.raises(ValueError, match="neither less than"):
        Ordered.of(sets[:1]).adding(sets[1])
    chain = Ordered.of([(frozenset(range(number)),) for number in range(count)])
    for one in sets[3:]:
        with pytest.raises(ValueError, match="neither less than"):
            chain.adding(one)


def test_building_anew_drops_entries_by_identity_and_adds_others():
    entries = [(number,) for number in range(100)]
    tree = Ordered.of(entries).rebuilt(entries[10:90], [(50.5,), (-1,)])
    check(tree)
    assert list(tree) == [(-1,), *entries[:10], (50.5,), *entries[90:]]


def test_many_changes_of_a_small_tree_are_made_at_once_and_a_few_of_a_large_one_are_not():
    assert ordered.worth_rebuilding(100, 1_000)
    assert not ordered.worth_rebuilding(100, 100_000)
    assert not ordered.worth_rebuilding(1, 1)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])  # the width stays the same
@given(st.lists(st.tuples(st.booleans(), ENTRIES), max_size=200))
def test_it_is_a_sorted_list_that_never_changes(width, steps):
    tree, model = Ordered(), []
    versions: list[tuple[Ordered, list[Any]]] = []
    for adding, entry in steps:
        if adding and entry not in model:
            tree = tree.adding(entry)
            insort(model, entry)
        elif not adding and model:
            chosen = model.pop(hash(entry) % len(model))
            tree = tree.removing(chosen)
        versions.append((tree, list(model)))
    for version, content in versions:
        check(version)
        assert list(version) == content
