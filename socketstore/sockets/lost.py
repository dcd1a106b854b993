"""What takes the place of a transport that is lost."""

from __future__ import annotations

import asyncio
from typing import Any


class LostTransport(asyncio.Transport):
    """A transport of which nothing is left but what it knew: whatever is done to it has no effect.

    That of asyncio raises an `AttributeError` from ``abort()`` where the peer hung up while bytes stood in the write
    buffer, and these have gone out since; `websockets` aborts it at the end of each connection.

    Args:
        before: the transport that was lost.
    """

    def __init__(self, before: asyncio.BaseTransport) -> None:
        super().__init__()
        self._before = before

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        """Return what the transport knew."""
        return self._before.get_extra_info(name, default)

    def is_closing(self) -> bool:
        """Tell that it is closed."""
        return True

    def get_write_buffer_size(self) -> int:
        """Tell that nothing waits."""
        return 0

    def can_write_eof(self) -> bool:
        """Tell that nothing can be written."""
        return False

    def write(self, data: Any) -> None:
        """Drop what nobody can get."""

    def pause_reading(self) -> None:
        """Do nothing."""

    def resume_reading(self) -> None:
        """Do nothing."""

    def close(self) -> None:
        """Do nothing."""

    def abort(self) -> None:
        """Do nothing."""
