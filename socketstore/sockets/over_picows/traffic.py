"""How much has come over a TCP connection, asked of the operating system."""

from __future__ import annotations

import socket
import sys
from typing import Any

_BYTES_RECEIVED = slice(128, 136)  # tcpi_bytes_received in struct tcp_info, linux/tcp.h


def bytes_received(transport: Any) -> int:
    """Return how many bytes have come; always 0 where the system does not tell (it is not Linux)."""
    if not sys.platform.startswith("linux"):
        return 0
    try:
        info = transport.get_extra_info("socket").getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, _BYTES_RECEIVED.stop)
    except OSError:  # it has ended
        return 0
    return int.from_bytes(info[_BYTES_RECEIVED], sys.byteorder)
