"""The secrets that a socket was given are known again."""

from __future__ import annotations

import re
import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from socketstore.sockets.known_secrets import KnownSecrets

JWT = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.dozjgNryP4J3jVmNHl0w5N"


@pytest.mark.parametrize(
    ("url", "options"),
    [
        ("wss://me:swordfish@h/", {}),
        ("wss://me:sword%66ish@h/", {}),
        ("wss://swordfish@h/", {}),
        ("wss://h/?token=swordfish", {}),
        ("wss://h/?a=1&apiKey=sword%66ish#x", {}),
        ("wss://h/token/swordfish/x", {}),
        ("wss://h/", {"additional_headers": {"Authorization": "Bearer swordfish"}}),
        ("wss://h/", {"additional_headers": [("X-Api-Key", "swordfish")]}),
    ],
)
def test_a_secret_is_hidden_wherever_it_is_repeated(url: str, options: dict[str, Any]) -> None:
    assert KnownSecrets(url, options).hide("no swordfish, no entry") == "no ***, no entry"


def test_a_subprotocol_that_looks_like_a_token_is_one_and_another_is_none() -> None:
    known = KnownSecrets("wss://h/", {"subprotocols": ["graphql-ws", JWT]})
    assert known.hide(f"graphql-ws or {JWT}") == "graphql-ws or ***"


@pytest.mark.parametrize(
    "url", ["wss://symbols.example.org/market/feed?symbol=BITCOIN&format=json", None, 3, "", "ws://["]
)
def test_what_is_no_secret_is_not_hidden(url: Any) -> None:
    words = "symbols.example.org market feed symbol BITCOIN format json"
    known = KnownSecrets(url, {"additional_headers": {"User-Agent": "market feed", "X-Room": "symbol"}})
    assert known.hide(words) == words
    assert "secrets" in repr(known)


def test_headers_of_no_use_are_left_to_those_who_refuse_them() -> None:
    assert KnownSecrets("wss://h/", {"additional_headers": "Authorization: x"}).hide("x") == "x"


@given(st.text("abc123", min_size=6), st.text("xyz *"), st.text("xyz *"))
def test_all_of_a_secret_is_hidden_and_nothing_else(password: str, before: str, after: str) -> None:
    known = KnownSecrets("wss://h/", {"additional_headers": {"X-Password": password}})
    assert known.hide(before + password + after) == f"{before}***{after}"


@given(st.text(), st.text(), st.text())
def test_hiding_never_raises(url: str, value: str, text: str) -> None:
    for one in (url, f"wss://{url}", f"wss://h/{url}"):
        known = KnownSecrets(one, {"additional_headers": {"X-Password": value}, "subprotocols": [value]})
        assert isinstance(known.hide(text), str)


def test_a_megabyte_of_secrets_costs_less_than_a_tenth_of_the_pattern_that_would_find_them() -> None:
    headers = [(f"X-Token-{number}", f"{number:04}" * 2000) for number in range(128)]
    begun = time.process_time()
    known = KnownSecrets("wss://h/", {"additional_headers": headers})
    assert known.hide("0001" * 30) == "0001" * 30
    made = time.process_time()
    re.compile("|".join(value for _, value in headers))
    assert made - begun < (time.process_time() - made) / 10
