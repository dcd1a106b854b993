"""What a server may answer to a subscription, as ``acknowledged=`` reads it from a message."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from socketstore.codec import short
from socketstore.errors import UsageError


@dataclass(frozen=True, slots=True, init=False)
class Acknowledged:
    """The server follows these keys. Keys that it was not asked for are passed over.

    Without keys, ``Acknowledged()``, it changes nothing: for a message that merely confirms the end of a subscription.

    Attributes:
        keys: which.
        to: instead of keys, or to say which of them: the id of the message that this answers (see
            `Subscriptions.message_id`). One that was not sent by the subscriptions is left to others.
        consumed: the message is not decoded. ``False``: it is decoded as well, because it holds more than an answer.
    """

    keys: tuple[str, ...]
    to: Hashable
    consumed: bool

    def __init__(self, *keys: str, to: Hashable = None, consumed: bool = True) -> None:
        _set(self, keys=checked(keys), to=_hashable(to), consumed=consumed)


@dataclass(frozen=True, slots=True, init=False)
class Refused:
    """The server does not follow these keys, or not any longer: it has refused, or ended them by itself.

    They are asked for again on the next socket, or once they were not wanted meanwhile.

    Attributes:
        keys: which.
        reason: stands in ``SubscriptionRefused``, and in the state.
        to: as in `Acknowledged`.
        consumed: as in `Acknowledged`.
    """

    keys: tuple[str, ...]
    reason: str
    to: Hashable
    consumed: bool

    def __init__(self, *keys: str, reason: str = "", to: Hashable = None, consumed: bool = True) -> None:
        if not keys and to is None:
            message = f"got Refused(reason={reason!r:.200}); expected keys, or the id of the message in to="
            raise UsageError(message)
        _set(self, keys=checked(keys), reason=str(reason), to=_hashable(to), consumed=consumed)


Answer: TypeAlias = Acknowledged | Refused
"""What ``acknowledged=`` makes of a message."""


def as_answers(value: Any) -> Sequence[Answer]:
    """Return what ``acknowledged=`` returned as a sequence.

    Raises:
        UsageError: it is nothing that it may return.
    """
    if value is None:
        return ()
    answers: Sequence[Any] = value if isinstance(value, (list, tuple)) else (value,)
    for answer in answers:
        if not isinstance(answer, Answer):
            message = f"acknowledged= returned {short(value)}; expected Acknowledged, Refused, several, or None"
            raise UsageError(message)
    return answers


def checked(keys: Sequence[Any]) -> tuple[str, ...]:
    """Return keys as a tuple in which each stands once.

    Raises:
        UsageError: one of them is no text.
    """
    for key in keys:
        if not isinstance(key, str):
            message = f"got the key {short(key)} ({type(key).__name__}); expected text, such as 'trades:BTC-USD'"
            raise UsageError(message)
    return tuple(dict.fromkeys(keys))


def _hashable(value: Hashable) -> Hashable:
    try:
        hash(value)
    except TypeError as error:
        message = f"got the id {short(value)}; expected a number or text"
        raise UsageError(message) from error
    return value


def _set(answer: Answer, **fields: Any) -> None:
    for name, value in fields.items():
        object.__setattr__(answer, name, value)
