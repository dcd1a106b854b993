"""How a recording is to be served, as it is said by who serves it."""

from __future__ import annotations

import os
from typing import Literal, TypeAlias, get_args

from socketstore.errors import UsageError
from socketstore.log.log import Log
from socketstore.testing.sessions.seating import Then

Sent: TypeAlias = Literal["ignore", "strict"]
"""What is done with the messages of the client."""


def check_log(log: object) -> None:
    """Return if this may be a recording.

    Raises:
        UsageError: it is neither a log nor a path.
    """
    if not isinstance(log, (Log, str, os.PathLike)):
        message = f"got the recording {log!r:.200}; expected a log, or the path of one"
        raise UsageError(message)


def check_terms(sent: object, then: object, match: object) -> None:
    """Return if these say how a recording is to be served.

    Raises:
        UsageError: one does not.
    """
    for name, value, known in (("sent", sent, get_args(Sent)), ("then", then, get_args(Then))):
        if value not in known:
            message = f"got {name}={value!r:.200}; expected {' or '.join(map(repr, known))}"
            raise UsageError(message)
    if not callable(match):
        message = f"got match={match!r:.200}; expected a function of the recorded message and the one that came"
        raise UsageError(message)
