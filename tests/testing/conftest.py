"""What the tests of testing tools share."""

from tests.sockets.guards import reported

__all__ = ["reported"]
