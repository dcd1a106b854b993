"""``socketstore echo``, as a process of its own."""

from __future__ import annotations

import http.client
import re
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from websockets.sync.client import connect

from tests.cli.conftest import Run
from tests.cli.programs import Program


@pytest.fixture
def server() -> Iterator[Program]:
    with Program("echo", "--port", "0") as program:
        yield program


@pytest.fixture
def page_server() -> Iterator[Program]:
    with Program("echo", "--port", "0", "--page") as program:
        yield program


def address(server: Program) -> str:
    found = re.search(r"ws://127\.0\.0\.1:\d+", server.until("Listening on"))
    assert found is not None
    return found[0]


def get(url: str, path: str) -> tuple[int, str, str]:
    client = http.client.HTTPConnection(urlsplit(url).netloc, timeout=10)
    client.request("GET", path)
    answer = client.getresponse()
    body = answer.read().decode()
    client.close()
    return answer.status, answer.headers.get_content_type(), body


def test_it_echoes_calls_hello_and_logs_what_happens(server: Program) -> None:
    with connect(address(server), proxy=None) as client:
        client.send("I am LEGENDARY!")
        assert client.recv(timeout=10) == "I am LEGENDARY!"
        assert client.recv(timeout=10) == "Hello?"
        assert server.until("client") == "client connecting..."
        assert server.until("received") == "received: I am LEGENDARY!"
    assert server.until("closed") == "Connection closed."
    server.interrupt()
    end = server.finish()
    assert (end.code, end.err) == (0, "")


def test_a_client_cannot_control_the_terminal_and_hears_of_ctrl_c(server: Program) -> None:
    with connect(address(server), proxy=None) as client:
        client.send("\x1b[2Jgone\r\n")
        assert server.until("received") == r"received: \x1b[2Jgone\r\n"
        server.interrupt()
        assert [message for message in client if message != "Hello?"] == [
            "\x1b[2Jgone\r\n"
        ]  # raises unless it was closed cleanly
        assert client.close_code == 1001
    assert server.finish().code == 0


def test_a_handshake_that_fails_is_one_line(server: Program) -> None:
    assert get(address(server), "/")[0] == 426
    assert server.until("handshake failed: ") == "handshake failed: missing Connection header"
    server.interrupt()
    assert server.finish().err == ""


def test_the_page_is_served_at_the_root_of_the_same_port(page_server: Program) -> None:
    url = address(page_server)
    assert page_server.until("The page is at").endswith(url.replace("ws", "http", 1) + "/")
    status, kind, body = get(url, "/?from=a-bookmark")
    assert (status, kind) == (200, "text/html")
    assert body.startswith("<!doctype html>")
    with connect(url, proxy=None) as client:
        client.send("still echoing")
        assert client.recv(timeout=10) == "still echoing"
    status, kind, body = get(url, "/favicon.ico")
    assert (status, kind, body) == (404, "text/plain", "Not found. The page is at /\n")
    page_server.interrupt()
    assert "failed" not in page_server.finish().out


def test_a_port_in_use_is_one_line(command: Run, url: str) -> None:
    second = command("echo", "--port", str(urlsplit(url).port))
    assert (second.code, second.out) == (1, "")
    assert len(second.err.splitlines()) == 1
    assert "choose another port, or 0 for a free one" in second.err
