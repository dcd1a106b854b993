"""A stand-in for a state that notes which attributes and items a function reads of it, and refuses all else."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NoReturn

from socketstore.codec import short
from socketstore.errors import UsageError
from socketstore.store.paths import Attribute, Item, Path, spell

ALLOWED = "expected attributes and items only, as in lambda s: s.feed.books[key].bid"


def path_of(function: Callable[[Any], Any], look_up: Callable[[Path], Any]) -> Path:
    """Return the way that a function goes from its argument to what it returns.

    Args:
        function: the function.
        look_up: returns what is at the end of a path; asked where a key is read from the state itself.

    Raises:
        UsageError: the function does something else, or returns something that did not come from its argument.
    """
    end = function(_Recorder((), look_up))
    if type(end) is not _Recorder:
        message = f"the path leads to {short(end)} ({type(end).__name__}) and not into the state; {ALLOWED}"
        raise UsageError(message)
    return _noted(end)


class _Recorder:
    """Has no attributes of its own, so that a state's fields may have any name: `set`, `items`, `_path`."""

    __slots__ = ("look_up", "path")

    def __init__(self, path: Path, look_up: Callable[[Path], Any]) -> None:
        object.__setattr__(self, "path", path)
        object.__setattr__(self, "look_up", look_up)

    def __getattribute__(self, name: str) -> _Recorder:
        if name.startswith("__") and name.endswith("__"):
            _refuse(self, f"reads {name}")
        return _Recorder((*_noted(self), Attribute(name)), object.__getattribute__(self, "look_up"))

    def __getitem__(self, key: Any) -> _Recorder:
        if type(key) is slice:  # isinstance() would read __class__, of a recorder as well
            _refuse(self, "takes a slice")
        look_up = object.__getattribute__(self, "look_up")
        if type(key) is _Recorder:
            key = look_up(_noted(key))
        return _Recorder((*_noted(self), Item(key)), look_up)

    def __repr__(self) -> str:
        return f"<path {spell(_noted(self))}>"


def _noted(recorder: _Recorder) -> Path:
    path: Path = object.__getattribute__(recorder, "path")
    return path


def _refuse(recorder: _Recorder, what: str) -> NoReturn:
    place = spell(_noted(recorder)) or "the state"
    message = f"the path {what} at {place}; {ALLOWED}. Work out the rest before, or in update()."
    raise UsageError(message)


def _refusing(what: str) -> Callable[..., NoReturn]:
    def refuse(recorder: _Recorder, *_: object, **__: object) -> NoReturn:
        _refuse(recorder, what)

    return refuse


REFUSED = {
    "calls a function": ("call",),
    "asks whether it is true": ("bool",),
    "iterates": ("iter", "reversed", "aiter"),
    "takes the length": ("len",),
    "looks for something": ("contains",),
    "compares": ("eq", "ne", "lt", "le", "gt", "ge"),
    "makes a key": ("hash",),
    "makes text": ("str", "format", "bytes"),
    "makes a number": ("int", "float", "complex", "index", "round", "trunc", "floor", "ceil"),
    "assigns": ("setattr", "setitem", "delattr", "delitem"),
    "waits": ("await", "enter", "aenter"),
    "calculates": (
        *("neg", "pos", "abs", "invert", "divmod", "rdivmod"),
        *(side + name for name in ("add", "sub", "mul", "matmul", "truediv", "floordiv") for side in ("", "r")),
        *(side + name for name in ("mod", "pow", "lshift", "rshift", "and", "or", "xor") for side in ("", "r")),
    ),
}  # fmt: skip

for _what, _names in REFUSED.items():
    for _name in _names:
        setattr(_Recorder, f"__{_name}__", _refusing(_what))
