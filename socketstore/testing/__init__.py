"""What a test of a socket program needs. No pytest in here; the fixtures are in `socketstore.pytest_plugin`."""

from socketstore.testing.background import in_background
from socketstore.testing.echo import EchoServer
from socketstore.testing.fake import FakeSocket
from socketstore.testing.fakes import FakeSockets
from socketstore.testing.scripted import ScriptedServer
from socketstore.testing.scripted_client import ScriptedClient
from socketstore.testing.virtual_time import in_virtual_time, loop_time, virtual_loop

__all__ = [
    "EchoServer",
    "FakeSocket",
    "FakeSockets",
    "ScriptedClient",
    "ScriptedServer",
    "in_background",
    "in_virtual_time",
    "loop_time",
    "virtual_loop",
]
