"""The actions of one kind of request, made of a function's annotations."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from dataclasses import field, fields, make_dataclass
from typing import Any, Literal, TypeVar, cast, get_type_hints

from pydantic import PydanticUserError, TypeAdapter, ValidationError, create_model

from socketstore.actions import Action
from socketstore.codec import explain, short
from socketstore.errors import UsageError
from socketstore.middleware.request_actions import RequestFulfilled, RequestPending, RequestRejected
from socketstore.store.checking import name_of

T = TypeVar("T")
K = TypeVar("K", bound=Action)

FUNCTION = "an async def function, with an annotation for each parameter and the result"

_defined: dict[str, Lifecycle] = {}  # by tag; what is made inside a function comes and goes, and is not in it


def lifecycle_of(function: Callable[..., Any], name: str | None) -> Lifecycle:
    """Return what a function's requests consist of: the same for every object of which it is a method.

    Raises:
        UsageError: the function, its name or an annotation of it cannot be used, or another one has its tags.
    """
    _refuse_unless_function(function)
    if name is not None and (not isinstance(name, str) or not name):
        message = f"name={name!r:.200}; expected the first part of the tags, such as 'fetchUser'"
        raise UsageError(message)
    tag = _camel_case(function.__name__) if name is None else name
    known = _defined.get(tag)
    if known is not None and known.is_of(function):
        return known
    if "<locals>" in function.__qualname__:
        return Lifecycle(function, tag, function.__qualname__)
    return _define(function, tag, known)


def _define(function: Callable[..., Any], tag: str, known: Lifecycle | None) -> Lifecycle:
    place = _place(function)
    if known is not None and known.place != place:  # the same place: its module was loaded again
        message = (
            f"the tag {tag!r} of {place} is already that of {known.place}: a log could not tell their actions apart. "
            f"Give one of them a name of its own: @async_request(name='.../{tag}')"
        )
        raise UsageError(message)
    has_another_name = any(one.is_of(function) for one in _defined.values())
    qualname = f"{function.__qualname__}[{tag}]" if has_another_name else function.__qualname__
    _defined[tag] = made = Lifecycle(function, tag, qualname)
    return made


class Lifecycle:
    """What a function's requests consist of: their arguments and their three actions. See `lifecycle_of`.

    Raises:
        UsageError: an annotation of the function cannot be used.
    """

    def __init__(self, function: Callable[..., Any], tag: str, qualname: str) -> None:
        self.place = _place(function)
        self._source = _source(function)
        self._module = function.__module__
        self._qualname = qualname
        self._where = name_of(function)
        self._tag = tag
        self._signature = inspect.signature(function)
        hints = self._hints(function)
        self.arguments = self._arguments(hints)
        self._adapter = self._usable(lambda: TypeAdapter(self.arguments), "the parameters")
        self._usable(lambda: TypeAdapter(hints["return"]), "the result")  # before there is a class that others can see
        self.pending = self._action("pending", RequestPending)
        self.fulfilled = self._action("fulfilled", RequestFulfilled, result=(hints["return"], ...))
        self.rejected = self._action("rejected", RequestRejected)

    def is_of(self, function: Callable[..., Any]) -> bool:
        """Tell whether it is that of a function, or of the method of which this one is, of whichever object."""
        return self._source is _source(function) and self._signature == inspect.signature(function)

    def validated(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """Return the arguments of a call, as the function will get them and the log will show them.

        Raises:
            UsageError: they do not fit the function, or their annotations.
        """
        try:
            bound = self._signature.bind(*args, **kwargs)
        except TypeError as error:
            message = f"{self._where}{self._signature} got arguments that do not fit: {error}"
            raise UsageError(message) from error
        bound.apply_defaults()
        given = bound.arguments
        fitting = self._fitting(lambda: self._adapter.validate_python(given), "an argument")
        for each in fields(fitting):
            self._refuse_if_used_up(getattr(fitting, each.name), each.name)
        return fitting

    def spread(self, arguments: Any) -> tuple[tuple[Any, ...], dict[str, Any]]:
        """Return the arguments as the function takes them."""
        bound = self._signature.bind_partial()
        bound.arguments.update((each.name, getattr(arguments, each.name)) for each in fields(arguments))
        return bound.args, bound.kwargs

    def fulfil(self, request_id: str, arguments: Any, result: Any) -> RequestFulfilled[Any]:
        """Make the action that tells the result.

        Raises:
            UsageError: the result does not fit its annotation.
        """
        kind = self.fulfilled
        made = self._fitting(lambda: kind(request_id=request_id, arguments=arguments, result=result), "a result")
        self._refuse_if_used_up(made.result, "the result")
        return made

    def _fitting(self, make: Callable[[], T], what: str) -> T:
        try:
            return make()
        except ValidationError as error:
            message = (
                f"{self._where}: got {what} that does not fit; expected what its annotation says: {explain(error)}"
            )
            raise UsageError(message) from error
        except PydanticUserError as error:  # a type may be defined further down, but not later than this
            raise self._unusable(what, error) from error

    def _refuse_if_used_up(self, value: object, what: str) -> None:
        """Refuse what can be read once: also what pydantic makes of an ``Iterable``."""
        if isinstance(value, Iterator):
            message = (
                f"{self._where}: {what} is {short(value)}, which the first to read it would use up; expected a value. "
                "Annotate a list or a tuple."
            )
            raise UsageError(message)

    def _hints(self, function: Callable[..., Any]) -> dict[str, Any]:
        try:
            hints = get_type_hints(function, include_extras=True)
        except NameError as error:
            message = f"an annotation of {self._where} cannot be read: {error}; expected names of its module"
            raise UsageError(message) from error
        missing = [name for name in (*self._signature.parameters, "return") if name not in hints]
        if missing:
            message = (
                f"{self._where}{self._signature} has no annotation for {', '.join(missing)}; expected {FUNCTION}. "
                "Of a method, make it of the bound one: async_request(api.fetch)."
            )
            raise UsageError(message)
        return hints

    def _arguments(self, hints: dict[str, Any]) -> type[Any]:
        parameters = self._signature.parameters.values()
        for parameter in parameters:
            if parameter.kind in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD):
                message = f"{self._where}{self._signature} takes {parameter}; expected a parameter for each argument"
                raise UsageError(message)
        made = make_dataclass(
            _class_name(self._tag, "arguments"),
            [(each.name, hints[each.name], _field(each)) for each in parameters],
            frozen=True,
            kw_only=True,
            namespace={"__pydantic_config__": Action.model_config},  # bytes and infinities as in every action
        )
        return self._named(made, "arguments")

    def _action(self, word: str, base: type[K], **more: Any) -> type[K]:
        tag = f"{self._tag}/{word}"
        made = create_model(
            _class_name(self._tag, word),
            __base__=base,
            __module__=self._module,
            type=(cast(Any, Literal[tag]), tag),
            arguments=(self.arguments, ...),
            **more,
        )
        return self._named(made, word)

    def _usable(self, make: Callable[[], Any], what: str) -> Any:
        try:
            return make()
        except PydanticUserError as error:
            raise self._unusable(what, error) from error

    def _unusable(self, what: str, error: PydanticUserError) -> UsageError:
        return UsageError(
            f"the annotations of {what} of {self._where}{self._signature} cannot be used; expected types that "
            f"pydantic can write as JSON and read: {error.message.splitlines()[0]}"
        )

    def _named(self, kind: type[K], word: str) -> type[K]:
        """Let it be found, by pickle for instance, where it is: ``module.fetch_user.pending``."""
        kind.__module__ = self._module
        kind.__qualname__ = f"{self._qualname}.{word}"
        return kind


def _refuse_unless_function(function: object) -> None:
    if not (inspect.isfunction(function) or inspect.ismethod(function)) or not inspect.iscoroutinefunction(function):
        message = f"async_request() got {function!r:.200} ({type(function).__name__}); expected {FUNCTION}"
        raise UsageError(message)


def _field(parameter: inspect.Parameter) -> Any:
    default = parameter.default
    return field() if default is parameter.empty else field(default_factory=lambda: default)


def _camel_case(name: str) -> str:
    """``fetch_user`` -> ``fetchUser``."""
    first, *rest = name.strip("_").split("_")
    return first + "".join(word[:1].upper() + word[1:] for word in rest)


def _class_name(tag: str, word: str) -> str:
    return f"{tag[:1].upper()}{tag[1:]}{word.capitalize()}"


def _source(function: Callable[..., Any]) -> Any:
    """Return the function behind a method."""
    return getattr(function, "__func__", function)


def _place(function: Callable[..., Any]) -> str:
    return f"{function.__module__}.{function.__qualname__}"
