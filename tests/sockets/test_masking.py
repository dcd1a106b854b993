"""Masking: secrets are gone, the rest can still be read."""

from __future__ import annotations

import base64
import secrets
import time
import traceback

import pytest
from hypothesis import given
from hypothesis import strategies as st

from socketstore.sockets.masking import mask_error, mask_header, mask_path, mask_text, mask_url
from socketstore.sockets.secrets import is_secret_name

LISTEN_KEY = "pqia91ma19a5s61cv6a81va65sdf19v8a65a1a5s61cv6a81va65sdf19v8a65a1"
TOKEN = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.dozjgNryP4J3jVmNHl0w5N"  # noqa: S105


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("wss://me:pw@h:1/x", "wss://me:***@h:1/x"),
        ("wss://:pw@h/x", "wss://:***@h/x"),
        ("wss://pw@h/x", "wss://***@h/x"),
        ("ws://me:p@w@h/", "ws://me:***@h/"),
        ("http://me:pw@proxy:3128", "http://me:***@proxy:3128"),
        ("ws://me:p/w@h:80/x", "ws://***@h:80/x"),
        ("ws://me:p#w@h/x", "ws://***@h/x"),
        ("ws://me:p?w@h/x", "ws://***@h/x"),
        ("me:pw@h/x", "***@h/x"),
        ("wss://h/?token=pw&symbol=ABC", "wss://h/?token=***&symbol=ABC"),
        ("wss://h/?symbol=ABC;sig=pw", "wss://h/?symbol=ABC;sig=***"),
        ("wss://h/?%74oken=pw", "wss://h/?%74oken=***"),
        ("wss://h/?to\nken=pw", "wss://h/?token=***"),
        ("wss://h/?data={%22apiKey%22:%22pw%22}", "wss://h/?data=***"),
        ("wss://h/?next=wss%3A%2F%2Fme%3Apw%40h", "wss://h/?next=***"),
        ("wss://h/#access_token=pw&x=1", "wss://h/#access_token=***&x=1"),
        ("wss://h/a;jsessionid=pw/b", "wss://h/a;jsessionid=***/b"),
        ("wss://h/token/abc/feed", "wss://h/token/***/feed"),
        (f"wss://h/ws/{LISTEN_KEY}", "wss://h/ws/***"),
        (f"wss://h/stream?streams=btcusdt@trade/{LISTEN_KEY}", "wss://h/stream?streams=btcusdt@***"),
        (f"wss://h/?x={TOKEN}", "wss://h/?x=***"),
        (f"wss://h/{TOKEN}?y=1", "wss://h/***?y=1"),
        ("wss://h/bot123456:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw", "wss://h/bot123456:***"),
    ],
)
def test_a_secret_in_an_address_is_not_shown(url: str, shown: str) -> None:
    assert mask_url(url) == shown


@pytest.mark.parametrize(
    "name",
    [
        *("token", "access_token", "accessToken", "id-token", "X-Amz-Security-Token", "KEY", "Token", "code", "otp"),
        *("secret", "client_secret", "key", "apiKey", "api_key", "apikey", "listenKey", "ticket", "cookie", "jwt"),
        *("sig", "sign", "signature", "X-Amz-Signature", "pass", "password", "passwd", "pwd", "credential"),
        *("auth", "authorization", "oauth_verifier", "session", "sessionid", "sid", "credentials"),
    ],
)
def test_a_parameter_that_is_called_like_a_secret_is_masked(name: str) -> None:
    assert mask_url(f"wss://h/?a=1&{name}=pw") == f"wss://h/?a=1&{name}=***"


@pytest.mark.parametrize(
    "url",
    [
        "ws://localhost:8080",
        "ws://[::1]:8080/a?b=c#d",
        "wss://stream.binance.com:9443/stream?streams=btcusdt@kline_1m/ethusdt@depth20@100ms/ETHUSDT_PERP_241227",
        "wss://h/v2/market_data/subscribe?format=json&compression=deflate&symbols=BTC-USD,ETH-USD,ADA-USD",
        "wss://h/a-very-long-human-readable-slug-2024-with-words",
        "wss://h/GetMarketDataStreamSubscriptions",
        "wss://h/?author=me&monkey=1&keyword=x&country=de&design=y&passenger=z&barcode=1",
        "wss://a-very-long-host-name-0123456789abcdef0123456789abcdef.example.org/",
        "wss://h/a@b:c/@d?e=f@g",
        "wss://h:99999/",
        "(url= has not said)",
        "",
    ],
)
def test_what_is_no_secret_stays_as_it_is(url: str) -> None:
    assert mask_url(url) == url


@given(st.one_of(st.text(), st.from_regex(r"\Awss?://.*\Z"), st.none(), st.integers(), st.binary()))
def test_masking_never_raises_and_masks_nothing_twice(url: str) -> None:
    once = mask_url(url)
    assert mask_url(once) == once
    mask_text(once)
    mask_path(once)


def test_masking_a_long_address_takes_no_long_time() -> None:
    parts = (
        "a",
        "=",
        "&token=",
        "/",
        "@",
        ":",
        "a:",
        "%41",
        "://",
        "?",
        "a-",
        "Bearer ",
        "key='",
        'token="\\',
        "cookie: ",
    )
    begun = time.process_time()
    for part in parts:
        mask_url("ws://h/" + part * 50_000)
        mask_text(part * 20_000)
    assert time.process_time() - begun < 20


@given(st.binary(min_size=24, max_size=64), st.sampled_from(["hex", "base64", "base64url"]))
def test_random_strings_are_told_from_words(seed: bytes, form: str) -> None:
    data = bytes(one ^ other for one, other in zip(seed, secrets.token_bytes(len(seed)), strict=True))
    secret = {
        "hex": data.hex(),
        "base64": base64.b64encode(data).decode(),
        "base64url": base64.urlsafe_b64encode(data).decode(),
    }[form]
    assert mask_url(f"wss://h/?x={secret}") == "wss://h/?x=***"


@given(st.text(st.characters(exclude_characters="/?#@\t\r\n", codec="ascii"), min_size=1), st.text())
def test_no_password_is_ever_shown(password: str, path: str) -> None:
    marked, harmless = f"\x01{password}\x02", path.replace("@", "").replace("\x02", "")
    for url in (f"ws://me:{marked}@h/", f"ws://me:{marked}@h/{harmless}"):
        assert "\x02" not in mask_url(url)


def test_a_text_is_masked_by_its_addresses_its_pairs_and_its_looks() -> None:
    text = "GET wss://me:pw1@h/?token=pw2 failed: Authorization: Bearer pw3, apiKey='pw4' "
    text += f"({TOKEN}); HTTP 401 (_ssl.c:1006)"
    shown = mask_text(text)
    assert not any(secret in shown for secret in ("pw1", "pw2", "pw3", "pw4", TOKEN))
    assert shown.startswith("GET wss://me:***@h/?token=*** failed: ")
    assert shown.endswith("HTTP 401 (_ssl.c:1006)")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("it failed: Authorization: Bearer pw, x=1", "it failed: Authorization: ***, x=1"),
        ('Authorization: Digest username="me", response="pw"\nX: 1', "Authorization: ***\nX: 1"),
        ("Cookie: a=pw; b=pw\r\nX: 1", "Cookie: ***\r\nX: 1"),
        ('{"password": "a b \\" c", "n": 1}', '{"password": "***", "n": 1}'),
        ('{"data": "{\\"token\\": \\"p w\\"}"}', '{"data": "{\\"token\\": \\"***\\"}"}'),
        ("{'secret': 'p w'}", "{'secret': '***'}"),
        ("4001 token expired", "4001 token expired"),
        ("on_open raised KeyError: 'symbol'", "on_open raised KeyError: 'symbol'"),
        ("password=", "password="),
    ],
)
def test_a_secret_in_a_text_is_masked_as_far_as_it_goes(text: str, shown: str) -> None:
    assert mask_text(text) == shown
    assert mask_text(shown) == shown


@pytest.mark.parametrize(
    ("name", "value", "shown"),
    [
        ("Authorization", "Bearer x", "***"),
        ("Proxy-Authorization", "Basic x", "***"),
        ("Cookie", "a=b", "***"),
        ("Set-Cookie", "a=b", "***"),
        ("X-Api-Key", "x", "***"),
        ("X-MBX-APIKEY", "x", "***"),
        ("CF-Access-Client-Secret", "x", "***"),
        ("X-Auth", "x", "***"),
        ("Location", "wss://h/?token=x", "wss://h/?token=***"),
        ("Sec-WebSocket-Protocol", f"chat, {TOKEN}", "chat, ***"),
        ("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ==", "dGhlIHNhbXBsZSBub25jZQ=="),
        ("Sec-WebSocket-Accept", "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=", "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="),
        ("User-Agent", "Python/3.11 websockets/17.4", "Python/3.11 websockets/17.4"),
        ("Origin", "https://example.org", "https://example.org"),
    ],
)
def test_a_header_is_masked_by_its_name_or_its_looks(name: str, value: str, shown: str) -> None:
    assert mask_header(name, value) == shown


def test_an_error_is_masked_with_all_that_it_came_from() -> None:
    root, error = ValueError("token=pw"), KeyError("fine")
    error.__cause__, root.__context__ = root, error  # a circle, which may happen
    mask_error(error)
    assert (root.args, error.args) == (("token=***",), ("fine",))


def test_names_of_headers_that_everybody_sends_are_no_secrets() -> None:
    common = (
        "Host",
        "Origin",
        "Upgrade",
        "Connection",
        "User-Agent",
        "Accept-Encoding",
        "Content-Length",
        "Date",
        "Server",
    )
    assert [name for name in common if is_secret_name(name)] == []


@pytest.mark.parametrize(
    "error",
    [
        ValueError("token=swordfish"),
        OSError(5, "no way to wss://h/?token=swordfish"),
        FileNotFoundError(2, "No such file", "/run/token=swordfish"),
        UnicodeEncodeError("ascii", "x", 0, 1, "token=swordfish"),
        RuntimeError(b"token=swordfish"),
        RuntimeError({"url": "wss://h/?token=swordfish"}, ["token=swordfish"]),
        ExceptionGroup("all", [ValueError("token=swordfish"), OSError(5, "token=swordfish")]),
    ],
    ids=["text", "OSError", "file name", "Unicode", "bytes", "collections", "group"],
)
def test_whatever_an_error_holds_its_traceback_shows_no_secret(error: Exception) -> None:
    error.add_note("with token=swordfish")
    mask_error(error)
    shown = "".join(traceback.format_exception(error)) + repr(error)
    assert "swordfish" not in shown
    assert "***" in shown


def test_an_error_without_secrets_stays_as_it_is() -> None:
    error = FileNotFoundError(2, "No such file", "/run/feed")
    mask_error(error)
    assert (str(error), error.errno) == ("[Errno 2] No such file: '/run/feed'", 2)
    bare = UnicodeError("no name")
    mask_error(bare)
    assert bare.args == ("no name",)
