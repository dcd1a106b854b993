"""What has to hold of the tree under a collection."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from socketstore.store import ordered
from socketstore.store.ordered import Branch, Ordered


def height(node: Any) -> int:
    return 1 + height(node.children[0]) if type(node) is Branch else 0


def nodes(node: Any) -> Iterator[Any]:
    yield node
    if type(node) is Branch:
        for child in node.children:
            yield from nodes(child)


def leaves(node: Any) -> list[Any]:
    return [part for part in nodes(node) if type(part) is not Branch]


def check(tree: Ordered) -> None:
    """Say that a tree is one: nodes neither too full nor too empty, all leaves at one height, bounds that bound."""
    check_node(tree.root, is_root=True)
    assert list(tree) == sorted(set(tree))
    assert list(reversed(tree)) == list(tree)[::-1]


def check_node(node: Any, is_root: bool = False) -> None:
    if type(node) is not Branch:
        assert len(node) <= ordered.MOST
        assert is_root or len(node) >= ordered.FEWEST
        return
    assert len(node.bounds) == len(node.children) - 1
    assert (2 if is_root else ordered.FEWEST) <= len(node.children) <= ordered.MOST
    assert len({height(child) for child in node.children}) == 1
    for bound, low, high in zip(node.bounds, node.children, node.children[1:], strict=False):
        assert leaves(low)[-1][-1] < bound <= leaves(high)[0][0]
    for child in node.children:
        check_node(child)
