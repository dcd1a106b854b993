"""The one error tree."""

from __future__ import annotations

import inspect
import re

import pytest

from socketstore import errors
from socketstore.errors import SocketstoreError

DRAWN = re.compile(r"^ {4}(?P<branches>[│├└─ ]*)(?P<name>[A-Z]\w+)(?: \((?P<builtin>\w+)\))?(?: {2,}(?P<meaning>.+))?$")


def drawn() -> dict[str, tuple[str, str | None]]:
    """Read the tree out of the module's docstring: name -> (parent, the built-in that it also is)."""
    tree: dict[str, tuple[str, str | None]] = {}
    path: list[str] = []
    for line in (errors.__doc__ or "").splitlines():
        if found := DRAWN.match(line):
            depth = len(found["branches"]) // 4
            path[depth:] = [found["name"]]
            tree[found["name"]] = (path[depth - 1] if depth else "", found["builtin"])
    return tree


def real() -> dict[str, tuple[str, str | None]]:
    """Read the same from the classes."""
    tree: dict[str, tuple[str, str | None]] = {}
    for name, kind in vars(errors).items():
        if inspect.isclass(kind) and issubclass(kind, Exception):
            ours = [base.__name__ for base in kind.__bases__ if issubclass(base, SocketstoreError)]
            builtins = [base.__name__ for base in kind.__bases__ if not issubclass(base, SocketstoreError)]
            builtin = next((builtin for builtin in builtins if builtin != "Exception"), None)
            tree[name] = (ours[0] if ours else "", builtin)
    return tree


def test_the_tree_drawn_in_the_docstring_is_the_real_one():
    assert drawn() == real()


def test_every_error_is_exported():
    assert set(errors.__all__) == {*real(), "FailureKind"}


@pytest.mark.parametrize("name", sorted(real()))
def test_every_error_says_what_it_means(name: str):
    assert inspect.getdoc(getattr(errors, name))


def test_only_the_warnings_are_outside_of_the_tree():
    outside = [name for name in real() if not issubclass(getattr(errors, name), SocketstoreError)]
    assert outside == [name for name in real() if issubclass(getattr(errors, name), UserWarning)] != []
