"""A stand-in for a state that notes which attributes and items a function reads of it, and refuses all else."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any, NoReturn, TypeAlias

from socketstore.codec import short
from socketstore.errors import UsageError
from socketstore.store.paths import Attribute, Item, spell

Way: TypeAlias = tuple[Attribute | Item, ...]
"""A path of attributes and items alone."""

ALLOWED = "expected attributes and items only, as in lambda s: s.feed.books[key].bid"


def path_of(function: Callable[[Any], Any], look_up: Callable[[Way], Any]) -> Way:
    """Return the way that a function goes from its argument to what it returns.

    Args:
        function: the function.
        look_up: returns what is at the end of a path; asked where a key is read from the state itself.

    Raises:
        UsageError: the function does something else, or returns something that did not come from its argument.
    """
    try:
        end = function(_recorder(()))
    except UsageError:
        raise
    except TypeError as error:  # of something that was given a recorder, and cannot know what that is
        message = f"the path does something that it cannot: {error}; {ALLOWED}"
        raise UsageError(message) from error
    if type(end) is not _Recorder:
        message = f"the path leads to {short(end)} ({type(end).__name__}) and not into the state; {ALLOWED}"
        raise UsageError(message)
    return _looked_up(_noted(end), look_up)


class _Recorder:
    """Has no attributes of its own, so that a state's fields may have any name: `set`, `items`, `_path`."""

    __slots__ = ("path",)

    def __getattribute__(self, name: str) -> _Recorder:
        if name.startswith("__") and name.endswith("__"):
            _refuse(self, f"reads {name}")
        return _recorder((*_noted(self), _attribute(name)))

    def __getitem__(self, key: Any) -> _Recorder:
        if type(key) is slice:  # isinstance() would read __class__, of a recorder as well
            _refuse(self, "takes a slice")
        return _recorder((*_noted(self), Item(key)))

    def __repr__(self) -> str:
        return f"<path {spell(_noted(self))}>"


_attribute = lru_cache(1024)(Attribute)
_new: Callable[[type[_Recorder]], _Recorder] = object.__new__
_note: Callable[[_Recorder, Way], None] = vars(_Recorder)["path"].__set__
_noted: Callable[[_Recorder], Way] = vars(_Recorder)["path"].__get__


def _recorder(path: Way) -> _Recorder:
    made = _new(_Recorder)
    _note(made, path)
    return made


def _looked_up(path: Way, look_up: Callable[[Way], Any]) -> Way:
    """Replace the keys that are ways into the state by what is there."""
    for index, step in enumerate(path):
        if type(step) is Item and type(step.key) is _Recorder:
            key = look_up(_looked_up(_noted(step.key), look_up))
            return _looked_up((*path[:index], Item(key), *path[index + 1 :]), look_up)
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
