"""What the tests of sockets share."""

from tests.sockets.guards import reported

__all__ = ["reported"]
