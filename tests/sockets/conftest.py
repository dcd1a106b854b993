"""What the tests of sockets share."""

from tests.sockets.certificates import authority, client_side, server_side
from tests.sockets.guards import reported

__all__ = ["authority", "client_side", "reported", "server_side"]
