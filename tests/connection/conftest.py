"""What the tests of connections share."""

from tests.sockets.guards import reported

__all__ = ["reported"]
