"""Which library carries a socket: what its names are, and what has to be true before one is used."""

from __future__ import annotations

from importlib.util import find_spec
from typing import Any, Literal, TypeAlias

from socketstore.errors import UsageError

Transport: TypeAlias = Literal["websockets", "picows"]


def check_transport(options: dict[str, Any]) -> None:
    """Return if the transport that a socket is told to use is there, and can do what else it is told.

    Raises:
        UsageError: it is none, it is not installed, or it cannot.
    """
    transport = options.get("transport", "websockets")
    if transport == "picows":
        _check_picows(options)
    elif transport != "websockets":
        message = f"got transport={transport!r:.200}; expected 'websockets' or 'picows'"
        raise UsageError(message)


def _check_picows(options: dict[str, Any]) -> None:
    if find_spec("picows") is None:
        message = "got transport='picows', which is not installed; pip install 'socketstore[fast]', or leave it out"
        raise UsageError(message)
    from socketstore.sockets.over_picows.settings import check_picows_options

    check_picows_options(options)
