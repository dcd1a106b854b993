"""What the tests of the command line share."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from socketstore.cli.main import run
from socketstore.testing import EchoServer, in_background
from tests.cli.programs import Finished
from tests.cli.sessions import everything, write_session
from tests.sockets.peers import nobody_listens

Run = Callable[..., Finished]


@pytest.fixture
def command(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run a command in this process."""
    monkeypatch.setenv("NO_PROXY", "*")
    monkeypatch.delenv("FORCE_COLOR", raising=False)

    def run_here(*arguments: str) -> Finished:
        code = run(arguments)
        printed = capsys.readouterr()
        return Finished(code, printed.out, printed.err)

    return run_here


class ObedientServer(EchoServer):
    """Echoes; closes at the message ``bye``, and cuts the connection at ``cut``."""

    def __init__(self) -> None:
        super().__init__()
        self.add_listener("connection", lambda event: event.socket.add_listener("message", self._obey(event.socket)))

    def _obey(self, socket):
        orders = {"bye": lambda: socket.close(1001, "as told"), "cut": socket.abort}
        return lambda message: orders.get(message.data, str)()


@pytest.fixture
def url() -> Iterator[str]:
    """The address of a server that does what it is told."""
    with in_background(ObedientServer) as server:
        yield server.url


@pytest.fixture
def dead_url() -> Iterator[str]:
    """An address where nothing listens."""
    with nobody_listens() as url:
        yield url


@pytest.fixture
def whole_session(tmp_path: Path) -> Path:
    """A session with an entry of each kind, one a second."""
    return write_session(tmp_path / "session.jsonl", everything())
