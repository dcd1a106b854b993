"""The word of warning about an address whose traffic others can read."""

from __future__ import annotations

import ssl
import warnings
from collections.abc import Iterator

import pytest

from socketstore import Connection, ConnectionFailed, InsecureWarning, UsageError, WebSocket
from socketstore.sockets.insecure import forget_warnings, warn_if_insecure
from tests.connection.diary import new_diary, words
from tests.sockets.peers import Ear

ELSEWHERE = "ws://192.0.2.1:9/"  # RFC 5737: nobody is there


@pytest.fixture(autouse=True)
def _warn_anew() -> Iterator[None]:
    forget_warnings()
    yield
    forget_warnings()


async def test_the_warning_points_at_the_line_of_the_program_that_opens_a_socket() -> None:
    with (
        pytest.warns(InsecureWarning, match="192.0.2.1:9 is another machine") as warned,
        pytest.raises(ConnectionFailed),
    ):
        await WebSocket(ELSEWHERE, open_timeout=0.01, proxy=None).open()
    assert [warning.filename for warning in warned] == [__file__]
    with pytest.raises(ConnectionFailed):  # no second warning, which would be an error
        await WebSocket(ELSEWHERE, open_timeout=0.01, proxy=None).open()


async def test_the_warning_points_at_the_line_of_the_program_that_opens_a_connection() -> None:
    with pytest.warns(InsecureWarning) as warned, pytest.raises(ConnectionFailed):
        async with Connection(ELSEWHERE, new_diary(), open_timeout=0.01, proxy=None):
            pass
    assert [warning.filename for warning in warned] == [__file__]


@pytest.mark.parametrize(
    "url",
    [
        "ws://localhost:1", "ws://LOCALHOST.", "ws://app.localhost", "ws://127.0.0.1", "ws://127.8.8.8", "ws://[::1]:1",
        "ws://[::ffff:127.0.0.1]", "wss://example.org", "wss://192.0.2.1", "nonsense", "ws://[",
    ],
)  # fmt: skip
def test_this_machine_and_wss_are_not_warned_about(url: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        warn_if_insecure(url, {})


@pytest.mark.parametrize(
    "url",
    [
        "ws://example.org", "ws://10.0.0.1", "ws://[2001:db8::1]:80", "ws://localhost.example.org", "ws://127.0.0.1.nip.io",
        "ws://127.0.0.1:1@example.org", "ws://2130706433", "ws://0x7f.1", "ws://xn--lcalhost-54a", "ws://l\u043ecalhost",
    ],
)  # fmt: skip
def test_what_only_looks_like_this_machine_is_warned_about(url: str) -> None:
    with pytest.warns(InsecureWarning):
        warn_if_insecure(url, {})


def test_wss_without_checks_is_warned_about() -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    with pytest.warns(InsecureWarning, match="does not check"):
        warn_if_insecure("wss://example.org", {"ssl": context})


@pytest.mark.filterwarnings("error::socketstore.InsecureWarning")
async def test_a_program_that_makes_an_error_of_it_is_refused_each_time() -> None:
    for _ in range(2):
        socket = WebSocket(ELSEWHERE, open_timeout=0.01, proxy=None)
        ear = Ear(socket)
        with pytest.raises(ConnectionFailed, match="is another machine") as failed:
            await socket.open()
        assert (failed.value.kind, ear.names) == ("url", ["error", "close"])
        with pytest.raises(UsageError, match="opened before"):
            await socket.open()
        with pytest.raises(InsecureWarning):
            async with Connection(ELSEWHERE, new_diary()):
                pass
        store = new_diary()
        with pytest.raises(ConnectionFailed, match="is another machine"):
            async with Connection(lambda: ELSEWHERE, store):
                pass
        assert words(store.state) == ["AskedForCredentials", "Connecting", "GotError", "JustDisconnected", "GaveUp"]


def test_the_warning_holds_no_secret() -> None:
    with pytest.warns(InsecureWarning) as warned:
        warn_if_insecure("ws://me:hunter2hunter2@example.org/?token=hunter2hunter2", {})
    assert "hunter2" not in str(warned[0].message)
