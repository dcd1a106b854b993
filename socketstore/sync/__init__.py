"""The same for programs without an event loop: scripts, notebooks, windows."""

from socketstore.sync.connection import Connection

__all__ = ["Connection"]
