"""Whether another attempt can help."""

from __future__ import annotations

from socketstore.errors import ConnectionFailed

# Answers that may be different in a moment: request time-out, too early, too many requests.
TRANSIENT_STATUSES = frozenset({408, 425, 429})
FATAL_KINDS = frozenset({"url", "tls"})


def is_fatal(failed: ConnectionFailed) -> bool:
    """Tell a failure that stays (a wrong URL, a bad certificate, HTTP 4xx) from one that may pass."""
    if failed.status is not None:
        return 300 <= failed.status < 500 and failed.status not in TRANSIENT_STATUSES
    return failed.kind in FATAL_KINDS
