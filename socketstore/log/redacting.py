"""From what ``open_log(redact=)`` is given to what redacts."""

from __future__ import annotations

from collections.abc import Iterable
from inspect import iscoroutinefunction

from socketstore.codec import short
from socketstore.errors import UsageError
from socketstore.log.redacting_function import ByFunction
from socketstore.log.redacting_names import ByName
from socketstore.log.redaction import Redact, Redaction


def redaction_of(redact: Redact) -> Redaction | None:
    """Return what finds and replaces the secrets; ``None`` if nothing is to be redacted.

    Raises:
        UsageError: it is neither names nor a function.
    """
    if redact is None:
        return None
    if iscoroutinefunction(redact):
        message = f"redact={short(redact)}, which is to be awaited; expected a function that returns at once"
        raise UsageError(message)
    if callable(redact):
        return ByFunction(redact)
    if isinstance(redact, (str, bytes)) or not isinstance(redact, Iterable):
        message = f"redact={short(redact)}; expected names, as in redact=('token', 'pin'), a function, or None"
        raise UsageError(message)
    return ByName(redact)
