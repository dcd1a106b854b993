"""Names for connections that have none in the recording."""

from __future__ import annotations

from urllib.parse import urlsplit

from socketstore.sockets.masking import mask_url


class Names:
    """Gives each socket a name of its own: host and path of its address, and a number if that is taken."""

    def __init__(self) -> None:
        self._taken: set[str] = set()

    def name(self, url: str) -> str:
        """Return a name that has not been given yet."""
        base = _host_and_path(url)
        name, number = base, 1
        while name in self._taken:
            number += 1
            name = f"{base}#{number}"
        self._taken.add(name)
        return name


def _host_and_path(url: str) -> str:
    masked = mask_url(url)
    try:
        parts = urlsplit(masked)
    except ValueError:  # no address
        return masked
    host = parts.netloc.rpartition("@")[2]
    return f"{host}{parts.path}".rstrip("/") or masked or "default"
