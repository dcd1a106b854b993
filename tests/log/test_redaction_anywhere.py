"""The property of redaction: a secret beside its name is found, in whatever JSON, texts and packings it stands."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from socketstore.log.redacting_names import ByName
from socketstore.log.secret_names import REDACTED

SECRET = "hunter2"  # noqa: S105 - as good as any
DEEPEST = 4

redaction = ByName(REDACTED)

secret_keys = st.sampled_from(["token", "accessToken", "X-API-Key", "set-cookie", "PASSWORD", "user.token", "api key"])
other_keys = st.sampled_from(["a", "data", "base64", "x=y", "a:b", "[k]", "it's", 'q"q', "\\b", "ключ", "{"])
words = st.text(st.sampled_from(list("ab =:{}[]\"'\\,\n&?1é%<>()")), max_size=8)
plain = st.text(st.sampled_from(list("ab 1é,;.\n")), max_size=8)
values = st.recursive(
    st.none() | st.booleans() | st.integers(0, 9) | words,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(other_keys | st.just("type"), inner, max_size=3),
    max_leaves=6,
)
secrets = st.recursive(
    st.just(SECRET),
    lambda inner: st.lists(inner, min_size=1, max_size=2) | st.dictionaries(other_keys, inner, min_size=1, max_size=2),
    max_leaves=3,
)


@st.composite
def documents(draw: st.DrawFn, depth: int = 0) -> Any:
    """A JSON value in which a secret stands, under its name."""
    match draw(st.integers(0, 4 if depth < DEEPEST else 0)):
        case 0:
            return {**draw(st.dictionaries(other_keys, values, max_size=2)), draw(secret_keys): draw(secrets)}
        case 1:
            return {draw(other_keys): draw(documents(depth + 1)), "n": draw(values)}
        case 2:
            return [draw(values), draw(documents(depth + 1))]
        case 3:
            return {draw(other_keys): json.dumps(draw(documents(depth + 1)), ensure_ascii=draw(st.booleans()))}
    return [draw(texts(depth + 1))]


@st.composite
def texts(draw: st.DrawFn, depth: int = 0) -> str:
    """A text with such JSON in it, whole or cut off, or what Python shows of it, or ``name=value``."""
    match draw(st.integers(0, 4 if depth < DEEPEST else 0)):
        case 0:
            name, quote = draw(secret_keys.filter(lambda key: " " not in key)), draw(st.sampled_from(["", '"', "'"]))
            return f"{draw(plain)} {name}{draw(st.sampled_from(['=', ': ', ' = ', ':']))}{quote}{SECRET}{quote}"
        case 1:
            indent = draw(st.none() | st.just(1))
            return draw(plain) + json.dumps(draw(documents(depth + 1)), indent=indent) + draw(plain)
        case 2:
            return repr(draw(documents(depth + 1)))
        case 3:
            return json.dumps(draw(values)) + draw(st.sampled_from(["\n", ""])) + json.dumps(draw(documents(depth + 1)))
    text = json.dumps(draw(documents(depth + 1)))
    return text[: draw(st.integers(0, len(text)))]


@given(documents())
def test_a_secret_is_found_wherever_it_stands_in_json_which_stays_json(document: Any) -> None:
    shown = redaction.json("value", json.dumps(document).encode())
    assert SECRET.encode() not in shown
    assert type(json.loads(shown)) is type(document)


@given(texts(), st.booleans())
def test_a_secret_is_found_wherever_it_stands_in_a_text_and_once_is_enough(text: str, binary: bool) -> None:
    message: str | bytes = b"\xff" + text.encode() if binary else text
    shown = redaction.message("frameIn", message)
    assert SECRET not in (shown.decode("utf-8", "replace") if isinstance(shown, bytes) else shown)
    assert redaction.message("frameIn", shown) == shown
