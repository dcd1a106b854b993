"""What `wss://` promises without being told: TLS 1.2 or newer, a certificate that the system trusts, for this host."""

from __future__ import annotations

import asyncio
import ssl
from pathlib import Path

import pytest
import trustme

from socketstore import ConnectionFailed, ErrorEvent, WebSocket, WebSocketServer
from socketstore.sockets.dialing import default_context
from tests.sockets.peers import Ear, Peer, raw_server


@pytest.fixture
def of_the_system(authority: trustme.CA, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the system trust the authority of the test, as an administrator would."""
    authority.cert_pem.write_to_path(str(tmp_path / "authority.pem"))
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "authority.pem"))
    monkeypatch.setenv("SSL_CERT_DIR", str(tmp_path))


def server_side(authority: trustme.CA, *names: str) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(*names).configure_cert(context)
    return context


def test_the_context_checks_certificate_and_host_name_and_speaks_no_old_tls() -> None:
    context = default_context()
    assert (context.verify_mode, context.check_hostname) == (ssl.CERT_REQUIRED, True)
    assert context.minimum_version >= ssl.TLSVersion.TLSv1_2


@pytest.mark.usefixtures("of_the_system")
async def test_what_the_system_trusts_is_trusted_for_its_own_host_alone(authority: trustme.CA) -> None:
    async with WebSocketServer("localhost", ssl=server_side(authority, "localhost")) as server:
        async with WebSocket(f"wss://localhost:{server.port}") as socket:
            assert socket.subprotocol is None
        with pytest.raises(ConnectionFailed, match="check the certificate") as failed:
            await WebSocket(f"wss://127.0.0.1:{server.port}").open()
    assert failed.value.kind == "tls"


async def test_what_nobody_vouches_for_is_refused_before_a_header_is_sent(authority: trustme.CA) -> None:
    async with WebSocketServer("localhost", ssl=server_side(authority, "localhost")) as server:
        ear = Ear(server)
        with pytest.raises(ConnectionFailed) as failed:
            await WebSocket(f"wss://localhost:{server.port}", headers={"Authorization": "Bearer x"}).open()
    assert failed.value.kind == "tls"
    assert "headers" not in ear.names


@pytest.mark.usefixtures("of_the_system")
@pytest.mark.filterwarnings("ignore:ssl.TLSVersion:DeprecationWarning")
async def test_tls_1_1_is_refused(authority: trustme.CA) -> None:
    context = server_side(authority, "localhost")
    context.set_ciphers("DEFAULT@SECLEVEL=0")
    context.minimum_version, context.maximum_version = ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1
    old = default_context()
    old.set_ciphers("DEFAULT@SECLEVEL=0")
    old.minimum_version = ssl.TLSVersion.TLSv1
    async with WebSocketServer("localhost", ssl=context) as server:
        with pytest.raises(ConnectionFailed) as failed:
            await WebSocket(f"wss://localhost:{server.port}").open()
        async with WebSocket(f"wss://localhost:{server.port}", ssl=old):  # the server would
            pass
    assert failed.value.kind in ("tls", "network")  # as OpenSSL's alert or the end of the line comes first


@pytest.mark.parametrize("given", ["cert.pem", 3, False])
async def test_what_is_no_context_is_refused_and_not_taken_for_no_checks(given: object) -> None:
    with pytest.raises(TypeError, match=r"expected an ssl\.SSLContext"):
        await WebSocket("wss://localhost:1", ssl=given).open()


async def test_a_client_that_never_begins_tls_is_cut_by_the_server(authority: trustme.CA) -> None:
    async with WebSocketServer("localhost", ssl=server_side(authority, "localhost"), open_timeout=0.05) as server:
        reader, writer = await asyncio.open_connection("localhost", server.port)
        async with asyncio.timeout(5):
            assert await reader.read() == b""
        writer.close()


async def test_an_answer_that_is_no_tls_ends_the_attempt() -> None:
    async def plain(peer: Peer) -> None:
        await peer.reader.read(1)
        peer.write(b"HTTP/1.1 101 Switching Protocols\r\n\r\n")
        await peer.until_gone()

    async with raw_server(plain) as url:
        socket = WebSocket(url.replace("ws:", "wss:"))
        ear = Ear(socket)
        with pytest.raises(ConnectionFailed):
            await socket.open()
    assert ear.the(ErrorEvent)
