"""What a test of a socket program needs. No pytest in here; the fixtures are in `socketstore.pytest_plugin`."""

from socketstore.testing.background import in_background
from socketstore.testing.echo import EchoServer

__all__ = ["EchoServer", "in_background"]
