"""The actions of one kind of request, made of a function's annotations."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Callable
from dataclasses import field, fields, make_dataclass
from typing import TYPE_CHECKING, Any, Generic, Literal, TypeVar, cast, get_type_hints

from pydantic import PydanticUserError, TypeAdapter, ValidationError, create_model
from pydantic_core import PydanticSerializationError

from socketstore.actions import Action
from socketstore.codec import encode, explain, short
from socketstore.errors import EncodeError, UsageError
from socketstore.store.checking import name_of

T = TypeVar("T")
K = TypeVar("K", bound=Action)

FUNCTION = "an async def function, with an annotation for each parameter and the result"


class RequestAction(Action):
    """Base of what a request tells.

    Attributes:
        request_id: tells the actions of one request from those of another.
        arguments: what the function was called with, by name: ``action.arguments.user_id``.
    """

    request_id: str
    arguments: Any


class RequestPending(RequestAction):
    """A request has begun."""


class RequestFulfilled(RequestAction, Generic[T]):
    """A request has its result."""

    if TYPE_CHECKING:
        result: T
    else:
        result: Any

        def __class_getitem__(cls, item: object) -> type[RequestFulfilled[Any]]:
            """Return the class itself: pydantic would make, and register, another action class."""
            return cls


class RequestRejected(RequestAction):
    """A request has failed, or was cancelled; `error` is the name of the exception's class."""

    error: str
    message: str = ""
    cancelled: bool = False


class Lifecycle:
    """What a function's requests consist of: their arguments and their three actions.

    Raises:
        UsageError: the function, or an annotation of it, cannot be used.
    """

    def __init__(self, function: Callable[..., Any], name: str | None) -> None:
        _refuse_unless_function(function)
        if name is not None and (not isinstance(name, str) or not name):
            message = f"name={name!r:.200}; expected the first part of the tags, such as 'fetchUser'"
            raise UsageError(message)
        self._function = function
        self._where = name_of(function)
        self._tag = _camel_case(function.__name__) if name is None else name
        self._signature = inspect.signature(function)
        hints = self._hints()
        self.arguments = self._arguments(hints)
        self._adapter = self._usable(lambda: TypeAdapter(self.arguments), "the parameters")
        self.pending = self._action("pending", RequestPending)
        self.fulfilled = self._action("fulfilled", RequestFulfilled, result=(hints["return"], ...))
        self.rejected = self._action("rejected", RequestRejected)

    def validated(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """Return the arguments of a call, as the function will get them and the log will show them.

        Raises:
            UsageError: they do not fit the function, or their annotations.
            EncodeError: they would not come back equal from a log.
        """
        try:
            bound = self._signature.bind(*args, **kwargs)
        except TypeError as error:
            message = f"{self._where}{self._signature} got arguments that do not fit: {error}"
            raise UsageError(message) from error
        bound.apply_defaults()
        given = bound.arguments
        fitting = self._fitting(lambda: self._adapter.validate_python(given), "an argument that does not fit")
        self._check_comes_back(fitting, self._adapter.dump_json, self._adapter.validate_json)
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
            EncodeError: it cannot be written as JSON, or would not come back equal.
        """
        kind = self.fulfilled
        made = self._fitting(lambda: kind(request_id=request_id, arguments=arguments, result=result), short(result))
        self._check_comes_back(made.result, lambda _: encode(made), lambda text: kind.from_json(text).result)
        return made

    def _check_comes_back(self, value: T, write: Callable[[T], str | bytes], read: Callable[[Any], Any]) -> None:
        """Write it as JSON and read it: what is ``Any``, or a subclass of what is annotated, may be another then."""
        try:
            back = read(write(value))
        except (PydanticSerializationError, ValueError) as error:  # EncodeError and DecodeError are ValueErrors
            message = f"{self._where}: got {short(value)}; expected what can be written as JSON and read again: {error}"
            raise EncodeError(message) from error
        if back != value and repr(back) != repr(value):  # not a number is not equal to itself
            message = (
                f"{self._where}: got {short(value)}, which would come back from JSON as {short(back)}; "
                "expected what comes back equal. Annotate its very type."
            )
            raise EncodeError(message)

    def _fitting(self, make: Callable[[], T], got: str) -> T:
        try:
            return make()
        except ValidationError as error:
            message = f"{self._where}: got {got}; expected what its annotations say: {explain(error)}"
            raise UsageError(message) from error

    def _hints(self) -> dict[str, Any]:
        try:
            hints = get_type_hints(self._function, include_extras=True)
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
        made = self._usable(
            lambda: create_model(
                _class_name(self._tag, word),
                __base__=base,
                __module__=self._function.__module__,
                type=(cast(Any, Literal[tag]), tag),
                arguments=(self.arguments, ...),
                **more,
            ),
            "the result",
        )
        return self._named(made, word)

    def _usable(self, make: Callable[[], Any], what: str) -> Any:
        try:
            return make()
        except PydanticUserError as error:
            message = (
                f"the annotations of {what} of {self._where}{self._signature} cannot be used; expected types that "
                f"pydantic can write as JSON and read: {error.message.splitlines()[0]}"
            )
            raise UsageError(message) from error

    def _named(self, kind: type[K], word: str) -> type[K]:
        """Let it be found, by pickle for instance, where it is: ``module.fetch_user.pending``."""
        kind.__module__ = self._function.__module__
        kind.__qualname__ = f"{self._function.__qualname__}.{word}"
        return kind


def rejection_of(error: BaseException, kind: type[RequestRejected], request_id: str, arguments: Any) -> RequestRejected:
    """Make the action that tells what went wrong; does not raise."""
    try:
        text = str(error)
    except Exception as failed:  # noqa: BLE001 - an error that cannot be made a text is told of all the same
        text = f"<an error whose text raises {type(failed).__name__}>"
    return kind(
        request_id=request_id,
        arguments=arguments,
        error=type(error).__name__,
        message=text.encode("utf-8", "backslashreplace").decode(),
        cancelled=isinstance(error, asyncio.CancelledError),
    )


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
