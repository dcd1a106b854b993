"""Where else a secret might slip through, and what redaction may not break."""

from __future__ import annotations

import base64
import hashlib
import json
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from string import ascii_lowercase, digits
from typing import Any

import pytest
from pydantic import Field

from socketstore import (
    Action,
    ActionEntry,
    ClosedEntry,
    EncodeError,
    FailedEntry,
    FrameInEntry,
    GotMessage,
    Log,
    SnapshotEntry,
    Store,
    UsageError,
    open_log,
    record,
    replay,
    verify,
)
from socketstore.decoding.decoder import reader
from socketstore.errors import DecodeError
from socketstore.log.line_writer import LineWriter
from socketstore.log.redacting import redaction_of
from socketstore.log.redacting_names import ByName
from socketstore.log.secret_names import REDACTED

SECRET = b"hunter2"
PACKED = b'{"token":"hunter2"}'


@pytest.fixture
def log(socketstore_log: Log) -> Log:
    return socketstore_log


def came(log: Log, message: str | bytes) -> Any:
    log.frame_came(message, connection="c", epoch=1)
    (*_, frame) = (entry for entry in log.read() if isinstance(entry, FrameInEntry))
    return frame.data


@pytest.mark.parametrize(
    ("message", "shown"),
    [
        ('[12:00:01] {"token": ["hunter2"], "n": 1}', '[12:00:01] {"token": ["***"], "n": 1}'),
        ('{ {"token": {"a": "hunter2"}}', '{ {"token": {"a":"***"}}'),
        ('{"token": ["a", {"b": "hunter2"}', '{"token": ***'),
        ("{'token': ['hunter2', ('hunter2',)], 'n': 1}", "{'token': ***, 'n': 1}"),
        ("{'token': b'hunter2'}", "{'token': b'***'}"),
        ("token=SecretStr('hunter2') n=1", "token=*** n=1"),
        ("token=<Secret 'hunter2'> n=1", "token=*** n=1"),
        ('token={"id":"hunter2"} n=1', "token=*** n=1"),
        ("to%6Ben=hunter2&n=1", "to%6Ben=***&n=1"),
        ("user[password]=hunter2&tokens[]=hunter2", "user[password]=***&tokens[]=***"),
        ("headers['token'] = 'hunter2'", "headers['token'] = '***'"),
        ("token == 'hunter2', token => hunter2", "token == '***', token => ***"),
        ("invalid API key: hunter2", "invalid API key: ***"),
        ("value.token.0='hunter2' n=1", "value.token.0='***' n=1"),
        ("Authorization: AWS4-HMAC-SHA256 Credential=hunter2, Signature=hunter2", "Authorization: ***"),
        ('[["Authorization", "hunter2"], ["Accept", "*/*"]]', '[["Authorization", "***"], ["Accept", "*/*"]]'),
        ('{"wss://feed/?token=hunter2": 1}', '{"wss://feed/?token=***": 1}'),
        ('{"base64": "token=hunter2"}', '{"base64": "token=***"}'),
    ],
)
def test_a_secret_is_found_in_what_is_nearly_json(log: Log, message: str, shown: str) -> None:
    assert came(log, message) == shown
    assert came(log, message.encode()) == shown.encode()
    assert came(log, shown) == shown


@pytest.mark.parametrize(
    "message",
    [
        '[1] {"tokenizer": [1.10]} {x',
        '["token", 5, "x"] ["token", {"a": 1}] ["token"]',
        "a token [or two] and {more}",
        "100% of it; a%20b=c",
    ],
)
def test_what_is_no_secret_stays_as_it_was(log: Log, message: str) -> None:
    assert came(log, message) == message


@pytest.mark.parametrize("before", [b"\x00\x00\x00\xd5", b"\xff"])
def test_a_secret_is_found_in_binary_messages_that_hold_text(log: Log, before: bytes) -> None:
    assert came(log, before + PACKED) == before + b'{"token":"***"}'
    assert came(log, '{"token":"hunter2","n":"Jörg"}'.encode("latin-1")) == b'{"token":"***","n":"J\xf6rg"}'


@pytest.mark.parametrize("name", ["пароль", "Schlüssel", "密码"])
def test_a_name_of_other_letters_is_found_in_any_case_and_escaped(tmp_path: Path, name: str) -> None:
    with open_log(tmp_path / "a.jsonl", mode="x", redact=[name]) as log:
        for key in (name, name.upper(), name.lower()):
            for ascii_only in (True, False):
                assert json.loads(came(log, json.dumps({key: "hunter2"}, ensure_ascii=ascii_only))) == {key: "***"}


def test_what_costs_much_to_look_through_is_looked_through_in_linear_time() -> None:
    redaction = ByName(REDACTED)
    begun = time.process_time()
    for part in ("[", "[1,", "token=a&", "token=[", ".a", "token=<", "token='", '{"token":[', "token\\", "(token "):
        redaction.message("frameIn", f"token{part * 50_000}")  # would take minutes
    assert time.process_time() - begun < 20


@dataclass(frozen=True)
class Blob:
    raw: bytes = PACKED


class BlobsKept(Action):
    one: Blob = Blob()
    some: deque[bytes] = Field(default_factory=deque)
    named: dict[bytes, int] = Field(default_factory=dict)


def is_on_disk(log: Log, secret: bytes = SECRET) -> bool:
    written = log.path.read_bytes()
    packed = (base64.b64encode(PACKED), base64.urlsafe_b64encode(PACKED))
    return any(each in written for each in (secret, *packed))


def test_bytes_are_redacted_wherever_they_are_kept_in_an_action(log: Log) -> None:
    log.append(BlobsKept(some=deque([PACKED]), named={PACKED: 1}))
    assert not is_on_disk(log)
    (entry,) = log.read()
    assert isinstance(entry, ActionEntry)
    shown = b'{"token":"***"}'
    assert entry.action == BlobsKept(one=Blob(shown), some=deque([shown]), named={shown: 1})


@dataclass(frozen=True)
class Vault:
    blob: Blob = Blob(b"")
    text: str = ""


def keep(state: Vault, action: object) -> Vault:
    return replace(state, blob=action.one) if isinstance(action, BlobsKept) else state


def test_bytes_are_redacted_in_snapshots_and_digests(log: Log) -> None:
    store = Store(keep, Vault(), middleware=[record(log, snapshot_every=1)])
    store.dispatch(BlobsKept())
    assert not is_on_disk(log)
    assert verify(log, keep, Vault()) is None
    assert replay(log, keep, Vault(), from_snapshot=True) == Vault(Blob(b'{"token":"***"}'))


def test_the_finding_about_a_secret_that_does_not_fit_is_redacted(log: Log) -> None:
    class TokenShown(Action):
        token: int
        deep: dict[str, int]

    read = reader(TokenShown, None)
    message = '{"type":"tokenShown","token":["hunter2"],"deep":{"token":"hunter2"}}'
    with pytest.raises(DecodeError) as caught:
        read(message, lambda data: GotMessage(data=data))
    assert "hunter2" in str(caught.value)
    log.note(str(caught.value))
    assert not is_on_disk(log)


def hashed(path: tuple[str | int, ...], value: Any) -> Any:
    return hashlib.sha256(value.encode()).hexdigest() if path[-1] == "text" and value else value


def remember(state: Vault, action: Any) -> Vault:
    return replace(state, text=action["text"])


def test_a_function_is_asked_once_about_the_values_of_a_state(tmp_path: Path) -> None:
    with open_log(tmp_path / "a.db", mode="x", redact=hashed) as log:
        store = Store(remember, Vault(), middleware=[record(log, snapshot_every=1)])
        store.dispatch({"text": "hunter2"})
        assert verify(log, remember, Vault()) is None
        assert replay(log, remember, Vault(), from_snapshot=True) == replay(log, remember, Vault())


def test_names_are_no_keys_of_the_log_itself(tmp_path: Path) -> None:
    with open_log(tmp_path / "a.jsonl", mode="x", redact=["state", "digest", "of", "code", "url"]) as log:
        log.append({"code": "1234"})
        log.append_failure(1, ValueError("code: 1234"))
        log.write(SnapshotEntry(digest="ab", state={"code": "1234", "n": 1}))
        log.socket_closed(connection="c", epoch=1, code=1008, reason="", clean=True)
        log.socket_opened(connection="c", epoch=1, url="ws://feed", subprotocol=None)
        value, failed, snapshot, closed, opened = log.read()
    assert isinstance(value, ActionEntry)
    assert value.action == {"code": "***"}
    assert isinstance(failed, FailedEntry)
    assert (failed.of, failed.error) == (1, "ValueError: code: ***")
    assert isinstance(snapshot, SnapshotEntry)
    assert (snapshot.digest, snapshot.state) == ("ab", {"code": "***", "n": 1})
    assert isinstance(closed, ClosedEntry)
    assert closed.code == 1008
    assert getattr(opened, "url", None) == "***"


@pytest.mark.parametrize(
    "redact",
    [
        lambda path, value: "***",
        lambda path, value: None,
        lambda path, value: [1],
        lambda path, value: None if path[-1] == "url" else value,
        lambda path, value: "\ud800" if path[-1] == "url" else value,
    ],
    ids=["text", "nothing", "list", "field", "surrogate"],
)
def test_a_function_that_would_make_the_log_unreadable_is_refused(
    tmp_path: Path, redact: Callable[[Any, Any], Any]
) -> None:
    with open_log(tmp_path / "a.jsonl", mode="x", redact=redact) as log:
        with pytest.raises(EncodeError, match="redact="):
            log.socket_opened(connection="c", epoch=1, url="ws://feed", subprotocol=None)
        assert list(log.read()) == []


def test_a_function_that_makes_nothing_of_a_state_is_refused(tmp_path: Path) -> None:
    with (
        open_log(tmp_path / "a.jsonl", mode="x", redact=lambda path, value: "***") as log,
        pytest.raises(EncodeError, match="left of the state"),
    ):
        Store(remember, Vault(), middleware=[record(log, snapshot_every=1)])


def test_a_function_may_raise_whatever_it_likes(tmp_path: Path) -> None:
    class Mute(Exception):
        def __str__(self) -> str:
            raise ZeroDivisionError

    def redact(path: Any, value: Any) -> Any:
        raise Mute

    with (
        open_log(tmp_path / "a.jsonl", mode="x", redact=redact) as log,
        pytest.raises(EncodeError, match=r"raised .*Mute"),
    ):
        log.append({"a": 1})


def test_a_function_that_is_to_be_awaited_is_refused(tmp_path: Path) -> None:
    async def redact(path: Any, value: Any) -> Any:
        return value

    with pytest.raises(UsageError, match="at once"):
        open_log(tmp_path / "a.jsonl", mode="x", redact=redact)


PACKED_IN_JSON = ['{"base64" : "%s"}', '{"a":"{\\"base64\\":\\"%s\\"}"}']


@pytest.mark.parametrize("message", PACKED_IN_JSON)
def test_a_secret_is_found_in_base64_in_json_however_deep_that_stands(log: Log, message: str) -> None:
    log.frame_came(message % base64.b64encode(PACKED).decode(), connection="c", epoch=1)
    log.append(GotMessage(data=message % base64.b64encode(PACKED).decode()))
    frame, entry = log.read()
    shown = base64.b64encode(b'{"token":"***"}').decode()
    assert isinstance(frame, FrameInEntry)
    assert frame.data == message % shown
    assert isinstance(entry, ActionEntry)
    assert entry.action.data == message % shown


class FlightRedacted(Action):
    when: datetime
    then: tuple[datetime, ...]


ZONES = [None, UTC, timezone(timedelta(hours=-5, minutes=-30))]


@pytest.mark.parametrize("name", sorted({*ascii_lowercase, *digits} - {"n", "e"}))  # with which its fields end
def test_a_time_has_no_name_in_it_however_short_the_names_are(name: str) -> None:
    writer = LineWriter(redaction_of([name]))
    for zone in ZONES:
        when = datetime(2020, 1, 2, 3, 4, 5, 678, tzinfo=zone)
        action = FlightRedacted(when=when, then=(when,))
        line = writer.action(1, 1.0, action)
        assert line == writer._tried(1, 1.0, action)
        assert line.count(when.isoformat().replace("+00:00", "Z").encode()) == 2
