"""How long a server asks to be left alone (RFC 9110, section 10.2.3)."""

from __future__ import annotations

import re
import time
from datetime import UTC
from email.utils import parsedate_to_datetime

from websockets.datastructures import Headers

_SECONDS = re.compile(r"[+-]?[0-9]{1,15}(?:\.[0-9]*)?")


def retry_after(headers: Headers) -> float | None:
    """Return the seconds that the ``Retry-After`` of an answer asks to wait, at least 0; ``None`` if it asks for none.

    A date is compared with the ``Date`` of the answer, if there is one, so that the clocks of the two machines need not
    agree.
    """
    values = headers.get_all("Retry-After")
    if not values:
        return None
    if _SECONDS.fullmatch(values[0].strip()):
        return max(0.0, float(values[0]))
    until = _unix_time(values[0])
    if until is None:
        return None
    sent = [moment for value in headers.get_all("Date") if (moment := _unix_time(value)) is not None]
    return max(0.0, until - (sent[0] if sent else time.time()))


def _unix_time(text: str) -> float | None:
    try:
        moment = parsedate_to_datetime(text)
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
    except (ValueError, TypeError, OverflowError, IndexError):
        return None
