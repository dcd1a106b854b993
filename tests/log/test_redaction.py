"""Secrets do not reach the disk."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, Literal
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import Field

from socketstore import (
    Action,
    ActionEntry,
    EncodeError,
    FrameInEntry,
    FrameOutEntry,
    GotMessage,
    Log,
    NoteEntry,
    SnapshotEntry,
    Store,
    UsageError,
    open_log,
    record,
    replay,
)
from socketstore.log.line_reader import LineReader
from socketstore.log.line_writer import LineWriter
from socketstore.log.redacting import redaction_of
from socketstore.log.redacting_names import ByName
from socketstore.log.secret_names import REDACTED, secret_names
from socketstore.log.states import digest

SECRET = "hunter2"  # noqa: S105 - as good as any
STARS = "***"


class Credentials(Action):
    type: Literal["test/credentials"] = "test/credentials"
    user: str
    password: str


class SignedIn(Action):
    user: str
    access_token: str
    api_key: bytes = b""
    credentials: Credentials | None = None
    headers: dict[str, str] = Field(default_factory=dict)


class KeyIssued(Action):
    token: UUID
    secret: Decimal = Decimal("1.5")
    cookie: datetime = datetime(2020, 1, 2, tzinfo=UTC)
    password: int = 7
    token_count: int = 42


class BlobCame(Action):
    blob: bytes


class Choosy(Action):
    token: Literal["a", "b"]


def is_secret(name: str) -> bool:
    return secret_names(REDACTED)(name)


@pytest.fixture
def log(socketstore_log: Log) -> Log:
    return socketstore_log


def text(log: Log) -> str:
    return log.path.read_text(encoding="utf-8")


def actions(log: Log) -> list[Any]:
    return [entry.action for entry in log.read() if isinstance(entry, ActionEntry)]


@pytest.mark.parametrize(
    "name",
    [
        *REDACTED,
        *("Authorization", "accessToken", "access_token", "set-cookie", "apiKey", "X-API-Key", "apikey", "APIKEY"),
        *("x.api.key", "clientSecret", "secretKey", "user_password2", "tokens", "accesstoken", "OAUTH_TOKEN"),
    ],
)
def test_names_of_secrets_are_known_also_as_parts(name: str) -> None:
    assert is_secret(name)


@pytest.mark.parametrize(
    "name",
    ["tokenizer", "tokenized", "secretary", "cookies_count", "token_count", "tokenType", "api", "key", "keyboard", ""],
)
def test_other_names_are_not(name: str) -> None:
    assert not is_secret(name)


def test_fields_of_actions_are_redacted_however_deep(log: Log) -> None:
    action = SignedIn(
        user="kim",
        access_token=SECRET,
        api_key=SECRET.encode(),
        credentials=Credentials(user="kim", password=SECRET),
        headers={"Set-Cookie": f"id={SECRET}", "Accept": "*/*"},
    )
    log.append(action)
    assert SECRET not in text(log)
    assert actions(log) == [
        SignedIn(
            user="kim",
            access_token=STARS,
            api_key=b"***",
            credentials=Credentials(user="kim", password=STARS),
            headers={"Set-Cookie": "***", "Accept": "*/*"},
        )
    ]


def test_a_field_that_takes_no_text_gets_a_value_of_its_type(log: Log) -> None:
    token = uuid4()
    log.append(KeyIssued(token=token))
    (read,) = actions(log)
    assert str(token) not in text(log)
    assert type(read.token) is UUID
    assert read.password == 0
    assert read.token_count == 42


def test_an_action_that_is_none_without_its_secret_is_refused_and_says_what_to_do(log: Log) -> None:
    with pytest.raises(EncodeError, match="redact="):
        log.append(Choosy.model_validate({"token": "a"}))
    assert actions(log) == []


def test_an_action_without_secrets_is_written_as_it_is(log: Log) -> None:
    harmless = [
        GotMessage(data='{"tokenizer": 1.10, "a":[ ]}'),
        {"note": "a=b", "count": 1},
        BlobCame(blob=b"\x00\xff"),
    ]
    for action in harmless:
        log.append(action)
    assert actions(log) == harmless


@pytest.mark.parametrize(
    ("message", "shown"),
    [
        ('{"op":"login", "token": "hunter2", "n": 1.10}', '{"op":"login", "token": "***", "n": 1.10}'),
        ('{"a":{"Api-Key":["hunter2", {"x": "hunter2"}]}}', '{"a":{"Api-Key":["***",{"x":"***"}]}}'),
        ('{"password":12345, "x": 1}', '{"password":0, "x": 1}'),
        ('{"to\\u006ben": "hunter2"}', '{"to\\u006ben": "***"}'),
        ('[1,2]\n{"token":"hunter2"}\n{"n":1}', '[1,2]\n{"token":"***"}\n{"n":1}'),
        ('42["login",{"token":"hunter2"}]', '42["login",{"token":"***"}]'),
        ('{"inner":"{\\"token\\":\\"hunter2\\"}"}', '{"inner":"{\\"token\\":\\"***\\"}"}'),
        ("wss://feed/?access_token=hunter2&symbol=ABC", "wss://feed/?access_token=***&symbol=ABC"),
        ('{"url":"https://x/?q=1&token=hunter2"}', '{"url":"https://x/?q=1&token=***"}'),
        ("Authorization: Bearer hunter2", "Authorization: ***"),
        ('{"token":"hunter2"', '{"token":"***"'),
        ('{"token": null, "secret": true}', '{"token": null, "secret": true}'),
    ],
)
def test_messages_are_redacted_in_place(log: Log, message: str, shown: str) -> None:
    log.append(GotMessage(data=message))
    log.append(GotMessage(data=message.encode()))
    log.append(BlobCame(blob=message.encode()))
    log.frame_came(message, connection="c", epoch=1)
    log.frame_sent(message.encode(), connection="c", epoch=1)
    assert [getattr(each, "data", None) or each.blob for each in actions(log)] == [
        shown,
        shown.encode(),
        shown.encode(),
    ]
    frames = [entry for entry in log.read() if isinstance(entry, (FrameInEntry, FrameOutEntry))]
    assert [frame.data for frame in frames] == [shown, shown.encode()]
    assert SECRET not in text(log)


def test_notes_failures_and_values_are_redacted(log: Log) -> None:
    log.note(f"logged in with password={SECRET}", {"cookie": SECRET, "n": 1})
    log.append_failure(1, ValueError(f"token={SECRET} was refused"))
    log.append({"op": "login", "secret": SECRET})
    assert SECRET not in text(log)
    note = next(log.read())
    assert isinstance(note, NoteEntry)
    assert note.data == {"cookie": "***", "n": 1}


def test_other_names_and_none_can_be_chosen(tmp_path: Path) -> None:
    said = GotMessage(data='{"pin":"1234","token":"t"}')
    for given_, expected in ((["pin"], '{"pin":"***","token":"t"}'), (None, said.data), ([*REDACTED, "PIN"], None)):
        with open_log(tmp_path / "a.jsonl", mode="w", redact=given_) as log:
            log.append(said)
            assert actions(log)[0].data == (expected or '{"pin":"***","token":"***"}')


def test_a_function_sees_each_value_with_its_path_and_says_what_is_written(tmp_path: Path) -> None:
    seen: dict[tuple[str | int, ...], Any] = {}

    def redact(path: tuple[str | int, ...], value: Any) -> Any:
        seen[path] = value
        return "?" if path[-1] == "user" else value

    with open_log(tmp_path / "a.db", mode="x", redact=redact) as log:
        log.append(SignedIn(user="kim", access_token=SECRET))
        log.frame_came('{"user": "kim", "n": [1.50]}', connection="c", epoch=1)
        log.frame_came("plain", connection="c", epoch=1)
        log.note("hello", {"user": 1})
        read = list(log.read())
    assert isinstance(read[0], ActionEntry)
    assert read[0].action == SignedIn(user="?", access_token=SECRET)
    assert [frame.data for frame in read if isinstance(frame, FrameInEntry)] == ['{"user":"?","n":[1.5]}', "plain"]
    assert seen["action", "access_token"] == SECRET
    assert seen["frameIn", "n", 0] == 1.5
    assert seen["note", "data", "user"] == 1


@pytest.mark.parametrize("answer", [1 / 3, object()], ids=["number", "object"])
def test_what_a_function_returns_must_fit(tmp_path: Path, answer: Any) -> None:
    with open_log(tmp_path / "a.jsonl", mode="x", redact=lambda path, value: answer) as log:
        with pytest.raises(EncodeError, match="redact="):
            log.frame_came("text", connection="c", epoch=1)
        assert list(log.read()) == []


def test_a_function_that_raises_keeps_the_entry_out(tmp_path: Path) -> None:
    with open_log(tmp_path / "a.jsonl", mode="x", redact=lambda path, value: 1 / 0) as log:
        with pytest.raises(EncodeError, match="ZeroDivisionError"):
            log.append(SignedIn(user="kim", access_token=SECRET))
        assert list(log.read()) == []


@pytest.mark.parametrize("given_", ["token", 3, [""], [3]])
def test_what_is_neither_names_nor_a_function_is_refused(tmp_path: Path, given_: Any) -> None:
    with pytest.raises(UsageError, match="redact="):
        open_log(tmp_path / "a.jsonl", mode="x", redact=given_)
    assert not (tmp_path / "a.jsonl").exists()


@dataclass(frozen=True, slots=True)
class Session:
    token: str = ""
    letters: int = 0
    last: Mapping[str, str] = field(default_factory=dict)


def keep(state: Session, action: object) -> Session:
    match action:
        case SignedIn(access_token=token, headers=headers):
            return replace(state, token=token, last=headers)
    return state


def test_a_snapshot_is_redacted_and_its_digest_is_that_of_the_replayed_state(log: Log) -> None:
    store = Store(keep, Session(), middleware=[record(log, snapshot_every=1)])
    store.dispatch(SignedIn(user="kim", access_token=SECRET, headers={"cookie": SECRET, "x": "y"}))
    assert store.state.token == SECRET
    assert SECRET not in text(log)
    snapshot = [entry for entry in log.read() if isinstance(entry, SnapshotEntry)][-1]
    assert snapshot.state == {"token": "***", "letters": 0, "last": {"cookie": "***", "x": "y"}}
    replayed = replay(log, keep, Session())
    assert replayed == Session("***", 0, {"cookie": "***", "x": "y"})
    assert digest(replayed) == snapshot.digest


def test_a_digest_alone_is_also_that_of_the_replayed_state(log: Log) -> None:
    store = Store(keep, Session(), middleware=[record(log, digest_every=1)])
    store.dispatch(SignedIn(user="kim", access_token=SECRET))
    (_, entry) = (entry for entry in log.read() if isinstance(entry, SnapshotEntry))
    assert entry.digest == digest(replay(log, keep, Session()))


WORDS = st.text(st.characters(exclude_characters="=:"), max_size=8)  # in which nothing else has to be looked for
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | WORDS,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(WORDS | st.sampled_from(["token", "Api-Key", "data", "type"]), inner, max_size=3)
    ),
    max_leaves=8,
)


def without(value: Any) -> Any:
    """What a reader of the redacted JSON finds, where no text is JSON or has ``=`` or ``:`` in it."""
    match value:
        case dict():
            return {key: _masked(part) if is_secret(key) else without(part) for key, part in value.items()}
        case list():
            return [without(part) for part in value]
    return value


def _masked(value: Any) -> Any:
    if not value:
        return value
    match value:
        case dict():
            return {key: _masked(part) for key, part in value.items()}
        case list():
            return [_masked(part) for part in value]
        case bool():
            return value
    return "***" if isinstance(value, str) else 0


@given(JSON, st.booleans())
def test_json_with_its_secrets_taken_out_is_the_same_json_otherwise(value: Any, ascii_only: bool) -> None:
    written = json.dumps(value, ensure_ascii=ascii_only).encode("utf-8", "backslashreplace")
    redacted = ByName(REDACTED).json("action", written)
    assert json.loads(redacted) == without(json.loads(written))


@given(JSON)
def test_a_redacted_value_can_be_read_and_redacting_it_again_changes_nothing(value: Any) -> None:
    writer = LineWriter(redaction_of(REDACTED))
    try:
        line = writer.action(1, 1.5, value)
    except EncodeError:
        return
    entry = LineReader("a line").entry(line, 1)
    assert isinstance(entry, ActionEntry)
    assert writer.action(1, 1.5, entry.action) == line
