from __future__ import annotations

from typing import Any

import pytest

from socketstore import CheckPurity, CheckSerializable, UsageError
from socketstore.middleware.ignored import Ignored
from socketstore.store.paths import Attribute, Item


@pytest.mark.parametrize(
    ("path", "is_ignored"),
    [
        ("feed", True),
        ("feed.cache", True),
        ("feed['a']", True),
        ("feed{1}", True),
        ("feeds", False),
        ("app.feed", False),
        ("", False),
    ],
)
def test_a_place_is_ignored_with_all_below_it(path: str, is_ignored: bool):
    assert Ignored(["feed"]).place(path) is is_ignored


def test_values_of_a_class_are_ignored_wherever_they_are():
    ignored = Ignored([int, "a[0]"])
    assert ignored.pair((), 1, "x")
    assert ignored.pair((), "x", True)
    assert ignored.pair((Attribute("a"), Item(0)), "x", "y")
    assert not ignored.pair((Attribute("a"),), "x", "y")


@pytest.mark.parametrize("ignore", ["feed", 3, [3], [None], None])
@pytest.mark.parametrize("check", [CheckPurity, CheckSerializable])
def test_what_is_neither_places_nor_classes_is_refused(check: Any, ignore: Any):
    with pytest.raises(UsageError, match=r"ignore=.*; expected places and classes"):
        check(ignore=ignore)
