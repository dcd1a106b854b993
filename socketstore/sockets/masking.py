"""What may be shown of an address."""

from __future__ import annotations

from urllib.parse import urlsplit, urlunsplit


def mask_url(url: str) -> str:
    """Return an address without the password that it holds. Never raises."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return url.partition("?")[0]
    user, at, host = parts.netloc.rpartition("@")
    netloc = f"{user.partition(':')[0]}:***@{host}" if at else parts.netloc
    return urlunsplit((parts.scheme, netloc, parts.path, parts.query, parts.fragment))
