"""An immutable sorted collection: a new version shares all but one path of its tree with the old one.

A B+ tree of tuples: the leaves hold the entries, a branch holds its children and the bounds between them. Adding and
removing copy the nodes from the root down to one leaf, some hundred references however many entries there are.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator
from itertools import chain, islice, pairwise
from operator import lt
from typing import Any, Final, NamedTuple

Entry = tuple[Any, ...]
"""What is kept in order; compared as tuples are, and no two are equal: of any two, one is less than the other."""

MOST = 32  # children of a branch, entries of a leaf
FEWEST = MOST // 4  # in every node but the root; at least 2, so that every child has a sibling
FILLED = MOST * 3 // 4  # in a node that is built at once, so that it takes some more before it is split
BULK = 16  # with a change for every so many entries, building anew is cheaper than changing one by one

NOT_APART = "it is neither less than, nor greater than, nor equal to another one"
NOT_FOUND = "it is not where it was put, because it has changed since, or because the order contradicts itself"


class Branch(NamedTuple):
    """A node above leaves: `bounds[i]` is above all of `children[i]`, and not above anything in `children[i + 1]`."""

    bounds: tuple[Entry, ...]
    children: tuple[Node, ...]


Leaf = tuple[Entry, ...]
Node = Leaf | Branch


class Ordered:
    """A sorted collection of distinct entries; never changes.

    Comparing is left to the entries; what it raises comes through, and leaves this collection as it was. A `ValueError`
    tells of entries whose order is of no use.
    """

    __slots__ = ("root",)

    def __init__(self, root: Node = ()) -> None:
        self.root: Final = root

    @classmethod
    def of(cls, entries: Iterable[Entry]) -> Ordered:
        """Build a collection of entries in any order, in one go."""
        in_order = sorted(entries)
        if not all(map(lt, in_order, islice(in_order, 1, None))):
            raise ValueError(NOT_APART)
        return cls(_built(in_order))

    def adding(self, entry: Entry) -> Ordered:
        """Return the collection with one more entry, in O(log n)."""
        return Ordered(_top(_insert(self.root, entry)))

    def removing(self, entry: Entry) -> Ordered:
        """Return the collection without an entry that it holds, in O(log n)."""
        return Ordered(_top(_delete(self.root, entry)))

    def rebuilt(self, gone: Iterable[Entry], come: Iterable[Entry]) -> Ordered:
        """Return the collection without some of its own entries (the same objects) and with others, in O(n)."""
        identities = {id(entry) for entry in gone}
        kept = [entry for entry in self if id(entry) not in identities] if identities else self
        return self.of(chain(kept, come))

    def __iter__(self) -> Iterator[Entry]:
        return chain.from_iterable(_leaves(self.root, iter))

    def __reversed__(self) -> Iterator[Entry]:
        return chain.from_iterable(map(reversed, _leaves(self.root, reversed)))


def worth_rebuilding(changes: int, size: int) -> bool:
    """Tell whether so many changes to a collection of that size are cheaper made at once."""
    return changes > BULK and changes * BULK > size


def _leaves(node: Node, direction: Callable[[tuple[Node, ...]], Iterator[Node]]) -> Iterator[Leaf]:
    if type(node) is not Branch:
        yield node
        return
    for child in direction(node.children):
        yield from _leaves(child, direction)


def _insert(node: Node, entry: Entry, low: Entry = ()) -> Branch:
    """Return what takes the place of a node: a branch of one or two nodes of its height; `low` is its lower bound."""
    if type(node) is not Branch:
        at = bisect_right(node, entry)
        before = node[at - 1] if at else low
        if not (before < entry or before == entry):  # a bound may be equal: that entry has gone
            raise ValueError(NOT_APART)
        return _fitting(node[:at] + (entry,) + node[at:])  # noqa: RUF005 - unpacking makes a list first
    at = bisect_right(node.bounds, entry)
    return _fitting(_spliced(node, at, 1, _insert(node.children[at], entry, node.bounds[at - 1] if at else low)))


def _delete(node: Node, entry: Entry) -> Branch:
    """Return what takes the place of a node: a branch of one node of its height, perhaps with too little in it."""
    if type(node) is not Branch:
        at = bisect_left(node, entry)
        if node[at : at + 1] != (entry,):
            raise ValueError(NOT_FOUND)
        return Branch((), (node[:at] + node[at + 1 :],))
    at = bisect_right(node.bounds, entry)
    rest = _delete(node.children[at], entry)
    if _size(rest.children[0]) >= FEWEST:
        return Branch((), (_spliced(node, at, 1, rest),))
    whole = _spliced(node, at, 1, rest)
    left = max(at - 1, 0)
    joined = _joined(whole.children[left], whole.bounds[left], whole.children[left + 1])
    return Branch((), (_spliced(whole, left, 2, joined),))


def _spliced(node: Branch, at: int, count: int, parts: Branch) -> Branch:
    """Put other nodes into a branch in the place of `count` of its children."""
    end = at + count
    children = node.children[:at] + parts.children + node.children[end:]
    if count == 1 and not parts.bounds:
        return Branch(node.bounds, children)
    return Branch(node.bounds[:at] + parts.bounds + node.bounds[end - 1 :], children)


def _joined(left: Node, bound: Entry, right: Node) -> Branch:
    if type(left) is Branch and type(right) is Branch:
        return _fitting(Branch((*left.bounds, bound, *right.bounds), left.children + right.children))
    return _fitting(left + right)


def _fitting(node: Node) -> Branch:
    """Return a branch of the node itself, or of its halves if there is too much in it."""
    size = _size(node)
    if size <= MOST:
        return Branch((), (node,))
    half = size // 2
    if type(node) is not Branch:
        return Branch((node[half],), (node[:half], node[half:]))
    low = Branch(node.bounds[: half - 1], node.children[:half])
    high = Branch(node.bounds[half:], node.children[half:])
    return Branch((node.bounds[half - 1],), (low, high))


def _size(node: Node) -> int:
    return len(node.children) if type(node) is Branch else len(node)


def _top(node: Branch) -> Node:
    """Return the root of a tree: no branch of a single child."""
    root: Node = node
    while type(root) is Branch and len(root.children) == 1:
        root = root.children[0]
    return root


def _built(entries: list[Entry]) -> Node:
    level: list[tuple[Entry, Node]] = [(part[0], tuple(part)) for part in _parts(entries)]
    while len(level) > 1:
        level = [(part[0][0], _branch(part)) for part in _parts(level)]
    return level[0][1] if level else ()


def _branch(parts: list[tuple[Entry, Node]]) -> Branch:
    return Branch(tuple(low for low, _ in parts[1:]), tuple(node for _, node in parts))


def _parts(items: list[Any]) -> Iterator[list[Any]]:
    """Cut a list into parts of about the same size, each of them right for a node."""
    count = -(-len(items) // FILLED)
    cuts = [len(items) * part // count for part in range(count + 1)] if count else []
    return (items[start:end] for start, end in pairwise(cuts))
