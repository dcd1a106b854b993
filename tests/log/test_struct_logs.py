"""Structs of msgspec in logs: kept under their tag, and read back as what they were by who names their classes."""

from __future__ import annotations

import math
from base64 import b64encode
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from socketstore import (
    Action,
    DecodeError,
    EncodeError,
    GotMessage,
    History,
    Slice,
    Store,
    UsageError,
    known_struct,
    open_log,
    record,
    replay,
)
from socketstore.log.line_reader import LineReader
from socketstore.log.line_writer import LineWriter
from socketstore.log.redacting import redaction_of
from socketstore.log.secret_names import REDACTED
from socketstore.log.struct_writers import struct_form_of
from tests.log.bank import AmountDeposited, actions_of


class Hoisted(msgspec.Struct, frozen=True, tag="struct/hoisted"):
    flag: str
    height: float
    crew: int = 1
    note: str | None = None
    slowly: bool = False


class Mast(msgspec.Struct, frozen=True):
    name: str
    since: datetime


class Struck(
    msgspec.Struct,
    frozen=True,
    tag="struck",
    tag_field="event",
    rename="camel",
    omit_defaults=True,
    forbid_unknown_fields=True,
):
    sail_name: str
    price: Decimal = Decimal(0)
    raw: bytes = b""
    mast: Mast | None = None
    by_number: dict[int, tuple[int, ...]] = {}


class Furled(msgspec.Struct, frozen=True, tag="struct/furled", eq=False):
    sail: str


class Reefed(msgspec.Struct, frozen=True, tag="struct/reefed"):
    sails: Annotated[int, msgspec.Meta(ge=1)]


@known_struct
class Moored(msgspec.Struct, frozen=True, tag="struct/moored"):
    berth: str


def other_with(tag: Any, **options: Any) -> Any:
    return msgspec.defstruct("Other", [("flag", str)], **{"tag": tag, "frozen": True, **options})


MAST = Mast("main", datetime(2026, 1, 2, 3, 4, 5, 678901, tzinfo=UTC))
ACTIONS = [
    Hoisted("blue", 2.5),
    AmountDeposited(amount=1),
    Struck("jib"),
    Struck("jib", Decimal("1.10"), b"\xff\x00", MAST, {1: (2, 3), -4: ()}),
    GotMessage(data="text"),
    Hoisted("", -0.0, 2**70, "é\n\0", slowly=True),
    {"type": "struct/hoisted"},
    Reefed(2),
    Moored("A"),
]
NAMED = [Hoisted, Struck, Reefed]


@pytest.mark.parametrize("suffix", [".jsonl", ".db"])
@pytest.mark.parametrize("redact", [None, REDACTED])
def test_structs_come_back_equal_among_other_actions(tmp_path: Path, suffix: str, redact: Any) -> None:
    path = tmp_path / f"a{suffix}"
    with open_log(path, mode="x", redact=redact) as log:
        for action in ACTIONS * 30:
            log.append(action)
        assert actions_of(log) == ACTIONS * 30
    with open_log(path, actions=NAMED) as log:
        read = actions_of(log)
    assert read == ACTIONS * 30
    assert list(map(type, read)) == list(map(type, ACTIONS * 30))


def test_the_line_is_what_msgspec_writes_with_the_tag_as_its_type(tmp_path: Path) -> None:
    with open_log(tmp_path / "a.jsonl", mode="x", clock=lambda: 1.0) as log:
        log.append(Hoisted("blue", 2.5))
        log.append(Struck("jib"))
    _, one, two = (tmp_path / "a.jsonl").read_text().splitlines()
    head = '{"kind":"action","sequence":%d,"at":1.0,"action":'
    fields = '"flag":"blue","height":2.5,"crew":1,"note":null,"slowly":false'
    assert one == head % 1 + '{"type":"struct/hoisted",' + fields + "}}"
    assert two == head % 2 + '{"type":"struck","event":"struck","sailName":"jib"}}'


def test_a_recorded_session_of_structs_is_replayed_and_stepped_through(tmp_path: Path) -> None:
    height = Slice(0.0)
    height.on(Hoisted)(lambda state, action: state + action.height)
    with open_log(tmp_path / "a.jsonl", mode="x") as log:
        store = Store(height, 0.0, middleware=[record(log)])
        for _ in range(3):
            store.dispatch(Hoisted("blue", 1.5))
    with open_log(tmp_path / "a.jsonl", actions=[Hoisted]) as log:
        assert replay(log, height, 0.0) == store.state == 4.5
        assert History(log, height, 0.0).at(2) == 3.0


def test_a_class_that_nobody_names_is_refused_with_what_to_do(tmp_path: Path) -> None:
    with open_log(tmp_path / "a.jsonl", mode="x") as log:
        log.append(Hoisted("blue", 1))
    with (
        open_log(tmp_path / "a.jsonl") as log,
        pytest.raises(
            DecodeError, match=r"unknown tag 'struct/hoisted'.*struct of msgspec is named: open_log\(path, act"
        ),
    ):
        actions_of(log)


def test_a_struct_that_does_not_fit_its_class_any_more_is_refused_with_the_field(tmp_path: Path) -> None:
    with open_log(tmp_path / "a.jsonl", mode="x") as log:
        log.append(Hoisted("blue", 1))
    changed: Any = msgspec.defstruct("Hoisted", [("flag", int)], tag="struct/hoisted", frozen=True)
    with (
        open_log(tmp_path / "a.jsonl", actions=[changed]) as log,
        pytest.raises(
            DecodeError, match=r"line 2: .*expected Hoisted: flag: Expected `int`, got `str`. This is entry 1"
        ),
    ):
        actions_of(log)


@pytest.mark.parametrize(
    ("action", "words"),
    [
        (Hoisted("a", math.nan), "height: Expected `float`, got `null`"),
        (Hoisted("a", math.inf), "height: Expected `float`, got `null`"),
        (Hoisted(3, 1.0), "flag: Expected `str`, got `int`"),  # type: ignore[arg-type]
        (Hoisted("\ud800", 1.0), "surrogates not allowed"),
        (Hoisted("a", 1.0, 10**5000), "expected something that JSON can hold|could not be read back"),
        (Reefed(0), "sails: Expected `int` >= 1"),
        (Struck("a", by_number={1: [2]}), "would come back as"),  # type: ignore[dict-item]
        (Struck("a", raw=object()), "expected something that JSON can hold"),  # type: ignore[arg-type]
        (other_with("unfrozen", frozen=False)("a"), "immutable: frozen=True"),
        (other_with(None)("a"), "has no tag"),
        (other_with(3)("a"), "has the tag 3; expected a text"),
        (other_with("array", array_like=True)("a"), "array_like=True"),
        (other_with("typed", tag_field="kind", rename={"flag": "type"})("a"), 'written as "type"'),
        (other_with("gotMessage")("a"), "would be read as .*GotMessage"),
        (other_with("struct/hoisted")("a"), "would be read as .*Hoisted"),
        (GotMessage(data=Hoisted("a", 1)), "expected text, bytes or a JSON value"),
    ],
)
def test_what_could_not_be_read_back_is_refused_and_the_log_goes_on(tmp_path: Path, action: Any, words: str) -> None:
    with open_log(tmp_path / "a.jsonl", mode="x") as log:
        log.append(Hoisted("blue", 1))
        with pytest.raises(EncodeError, match=words):
            log.append(action)
        log.append(Hoisted("red", 2))
        assert actions_of(log) == [Hoisted("blue", 1), Hoisted("red", 2)]


def test_one_that_would_come_back_as_another_is_refused_where_nothing_is_masked_too() -> None:
    with pytest.raises(EncodeError, match="would come back as"):
        LineWriter(None).action(1, 1.0, Struck("a", by_number={1: [2]}))  # type: ignore[dict-item]


def test_structs_that_are_compared_by_who_they_are_are_kept_by_their_fields(tmp_path: Path) -> None:
    with open_log(tmp_path / "a.jsonl", mode="x") as log:
        log.append(Furled("jib"))
        (read,) = actions_of(log)
    assert (type(read), read.sail) == (Furled, "jib")


@pytest.mark.parametrize("action", [Hoisted("password=hunter2", 1), Struck("a", raw=b"password=hunter2")])
def test_secrets_in_structs_are_not_written(tmp_path: Path, action: Any) -> None:
    with open_log(tmp_path / "a.jsonl", mode="x") as log:
        log.append(action)
        (read,) = actions_of(log)
    assert read != action
    assert "hunter2" not in repr(read)
    assert "password=***" in repr(read)


def test_a_field_with_the_name_of_a_secret_is_masked(tmp_path: Path) -> None:
    secretive: Any = msgspec.defstruct("Secretive", [("password", str)], tag="struct/secretive", frozen=True)
    with open_log(tmp_path / "a.jsonl", mode="x") as log:
        log.append(secretive("hunter2"))
        assert actions_of(log) == [secretive("***")]


class HoistedAction(Action):
    type: Any = "struct/hoisted/too"


@pytest.mark.parametrize(
    ("named", "words"),
    [
        ([Hoisted, other_with("struct/hoisted")], "the tag 'struct/hoisted' of both"),
        ([other_with("struct/hoisted/too"), HoistedAction], "of both an Action and"),
        ([other_with(None)], "has no tag"),
        ([other_with("melting", frozen=False)], "immutable"),
        ([int], "expected one that derives from msgspec.Struct"),
        (["struct/hoisted"], "expected one that derives from msgspec.Struct"),
    ],
)
def test_classes_that_a_log_cannot_hold_or_tell_apart_are_refused(tmp_path: Path, named: list[Any], words: str) -> None:
    with pytest.raises(UsageError, match=words):
        open_log(tmp_path / "a.jsonl", mode="x", actions=named)
    assert not list(tmp_path.iterdir())


def test_a_known_struct_replaces_itself_when_its_module_is_loaded_again_and_no_other() -> None:
    again: Any = msgspec.defstruct("Moored", [("berth", str)], tag="struct/moored", frozen=True, module=__name__)
    assert known_struct(again) is again
    assert known_struct(Moored) is Moored
    with pytest.raises(UsageError, match="the tag 'struct/moored' of both"):
        known_struct(other_with("struct/moored"))


def test_one_that_is_named_counts_where_an_action_has_the_same_tag(tmp_path: Path) -> None:
    rival: Any = other_with("amountDeposited")
    with open_log(tmp_path / "a.jsonl", mode="x", actions=[rival]) as log:
        log.append(rival("blue"))
        with pytest.raises(EncodeError, match=r"would be read as .*Other"):
            log.append(AmountDeposited(amount=1))
        assert actions_of(log) == [rival("blue")]


anything = st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters()) | st.binary()


@given(anything, anything, anything, anything, st.sampled_from([None, REDACTED]))
def test_whatever_the_fields_hold_it_comes_back_equal_or_is_refused(
    flag: Any, height: Any, crew: Any, note: Any, redact: Any
) -> None:
    action = Hoisted(flag, height, crew, note)
    try:
        line = LineWriter(redaction_of(redact)).action(1, 1.0, action)
    except EncodeError:
        return
    read: Any = LineReader("its line", [Hoisted]).entry(line, 1)
    assert read.action == action or (redact is REDACTED and "***" in repr(read.action))


def test_structs_of_texts_and_numbers_are_written_without_being_read_back() -> None:
    assert struct_form_of(Hoisted) is not None
    assert [struct_form_of(kind) for kind in (Struck, Furled, Reefed)] == [None] * 3
    odd: Any = msgspec.defstruct("Odd", [("class", str)], tag="struct/odd", frozen=True)
    assert struct_form_of(odd) is None


class Noted(msgspec.Struct, frozen=True, tag="struct/noted"):
    height: Annotated[float, {"unit": "m"}] = 1.0
    base64: str = ""


def test_what_says_more_about_a_type_may_be_anything() -> None:
    assert LineWriter().action(1, 1.0, Noted()).endswith(b'"height":1.0,"base64":""}}\n')


def test_secrets_are_found_where_no_sign_stands_between_them_and_their_name() -> None:
    writer = LineWriter(redaction_of(REDACTED))
    for action in (Hoisted('["token","hidden"]', 1.0), Noted(base64=b64encode(b"token=hidden").decode())):
        line = writer.action(1, 1.0, action)
        assert b"***" in line or b64encode(b"token=***") in line
