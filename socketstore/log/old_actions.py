"""Actions of a log whose class was another when they were recorded."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from socketstore.actions import Action, step_of, successor_of
from socketstore.codec import TaggedUnion, encode, explain, short, tags_of
from socketstore.errors import DecodeError, EncodeError


def read_old(classes: TaggedUnion[Action], fields: Mapping[str, Any], version: object) -> Action | None:
    """Make an action out of what was recorded, by what `upcasts` and its like have declared.

    Args:
        classes: those that are known.
        fields: what stands in the log.
        version: the one that stands beside it; 1 if none does.

    Returns:
        The action, or ``None`` for one that has been removed.

    Raises:
        DecodeError: nothing says what becomes of it, or what was made of it does not fit; with the way to mend it.
    """
    if type(version) is not int or version < 1:
        message = f"got version {short(version)}; expected a whole number, 1 or more"
        raise DecodeError(message)
    tag = fields.get("type")
    if not isinstance(tag, str) or tag in classes.classes or (successor := successor_of(tag)) is None:
        _refuse_tag(classes, tag)
        return _upcast(classes.classes[str(tag)], fields, version)
    if successor.to is None:
        return None
    renewed = {name: value for name, value in fields.items() if name != "type"}
    if successor.upcast is None:
        return _upcast(successor.to, {"type": tags_of(successor.to)[0]} | renewed, version)
    made = _called(successor.upcast, fields, successor.to)
    return _upcast(successor.to, made, successor.version)


def _refuse_tag(classes: TaggedUnion[Action], tag: object) -> None:
    try:
        classes.refuse_tag(tag)
    except DecodeError as error:
        if not isinstance(tag, str) or "unknown tag" not in str(error):
            raise
        message = (
            f"{error} If it has another name now: renamed_action({tag!r}, NewName); if it is no more: "
            f"removed_action({tag!r}). A struct of msgspec is named: open_log(path, actions=[...]), or @known_struct."
        )
        raise DecodeError(message) from error


def _upcast(kind: type[Action], fields: Mapping[str, Any], version: int) -> Action:
    newest = kind.__action_version__
    if version > newest:
        message = (
            f"got version {version} of {fields.get('type')!r}; {_name(kind)} has version {newest}. A newer "
            "program recorded it: read it with that one."
        )
        raise DecodeError(message)
    for step in range(version, newest):
        fields = _stepped(kind, fields, step)
    return _validated(kind, fields, version)


def _stepped(kind: type[Action], fields: Mapping[str, Any], version: int) -> Mapping[str, Any]:
    upcast = step_of(kind, version)
    if upcast is None:
        message = (
            f"got version {version} of {fields.get('type')!r}; {_name(kind)} has version {kind.__action_version__}, "
            f"and nothing says what becomes of version {version}. Say it where the class is defined:\n\n"
            f"@upcasts({kind.__name__}, from_version={version})\n"
            f"def from_version_{version}(fields: dict[str, Any]) -> dict[str, Any]:\n"
            f"    return {{**fields}}  # with what version {version + 1} has instead"
        )
        raise DecodeError(message)
    return _called(upcast, fields, kind)


def _called(upcast: Any, fields: Mapping[str, Any], kind: type[Action]) -> Mapping[str, Any]:
    name = getattr(upcast, "__qualname__", repr(upcast))
    try:
        made = upcast(dict(fields))
    except Exception as error:
        message = (
            f"{name}, which upcasts to {_name(kind)}, raised {type(error).__name__}: {error}, on {short(dict(fields))}"
        )
        raise DecodeError(message) from error
    if not isinstance(made, Mapping):
        message = f"{name}, which upcasts to {_name(kind)}, returned {short(made)}; expected a dict of fields"
        raise DecodeError(message)
    tags = tags_of(kind)
    tag = next((each for each in (made.get("type"), fields.get("type")) if each in tags), tags[0])
    return {**made, "type": tag}


def _validated(kind: type[Action], fields: Mapping[str, Any], version: int) -> Action:
    try:
        return kind.model_validate_json(encode(dict(fields)))
    except EncodeError as error:
        message = f"what upcasts to {_name(kind)} made fields that are no JSON: {error}"
        raise DecodeError(message) from error
    except ValidationError as error:
        raise DecodeError(_unfit(kind, error, version)) from error


def _unfit(kind: type[Action], error: ValidationError, version: int) -> str:
    newest = kind.__action_version__
    if version < newest:
        return f"{explain(error)}; so version {version}, upcast to {newest}, does not fit {_name(kind)}"
    return (
        f"{explain(error)}. If {_name(kind)} has changed since, define it with the next version, "
        f"class {kind.__name__}(Action, version={newest + 1}), and say what becomes of the old ones with "
        f"@upcasts({kind.__name__}, from_version={newest})"
    )


def _name(kind: type[Action]) -> str:
    return f"{kind.__module__}.{kind.__qualname__}"
