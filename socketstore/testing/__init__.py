"""What a test of a socket program needs. No pytest in here; the fixtures are in `socketstore.pytest_plugin`."""

from socketstore.testing.background import in_background
from socketstore.testing.echo import EchoServer
from socketstore.testing.fake import FakeSocket
from socketstore.testing.fakes import FakeSockets
from socketstore.testing.proxy.faults import (
    BlackHole,
    Corrupt,
    Cut,
    Delay,
    Drop,
    Duplicate,
    Fault,
    Refuse,
    Reorder,
    Reset,
    Throttle,
)
from socketstore.testing.proxy.proxy import FaultProxy
from socketstore.testing.proxy.schedule import random_faults
from socketstore.testing.replay_server import ReplayServer
from socketstore.testing.scripted import ScriptedServer
from socketstore.testing.scripted_client import ScriptedClient
from socketstore.testing.sessions.asserting import assert_replays_to, assert_state_matches
from socketstore.testing.sessions.session import RecordedSession
from socketstore.testing.virtual_time import in_virtual_time, loop_time, virtual_loop

__all__ = [
    "BlackHole",
    "Corrupt",
    "Cut",
    "Delay",
    "Drop",
    "Duplicate",
    "EchoServer",
    "FakeSocket",
    "FakeSockets",
    "Fault",
    "FaultProxy",
    "RecordedSession",
    "Refuse",
    "Reorder",
    "ReplayServer",
    "Reset",
    "ScriptedClient",
    "ScriptedServer",
    "Throttle",
    "assert_replays_to",
    "assert_state_matches",
    "in_background",
    "in_virtual_time",
    "loop_time",
    "random_faults",
    "virtual_loop",
]
