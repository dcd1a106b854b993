"""The lines themselves: what is written, byte for byte, and what is read, ignored or refused."""

from __future__ import annotations

import json
import math
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from pydantic import ConfigDict, Field, SecretStr

from socketstore import (
    Action,
    ActionEntry,
    ClosedEntry,
    DecodeError,
    EncodeError,
    ErrorEntry,
    FailedEntry,
    FrameInEntry,
    GotMessage,
    LogCorrupted,
    LogUnavailable,
    MessageRejected,
    NoteEntry,
    OpenedEntry,
    SnapshotEntry,
    open_log,
)
from socketstore.log.line_reader import LineReader
from socketstore.log.line_writer import LineWriter
from tests.log.bank import AT, AmountDeposited, LetterReceived, header, line


class ParcelReceived(Action):
    content: Any = None


class TwinReceived(Action):
    type: str = "testsOfTheLog.twin"


class OtherTwinReceived(Action):
    type: str = "testsOfTheLog.twin"


def read(text: bytes) -> Any:
    return LineReader("a.jsonl").entry(text, 7)


def there_and_back(action: Any) -> Any:
    entry = read(LineWriter().action(1, AT, action))
    assert isinstance(entry, ActionEntry)
    return entry.action


def nested(depth: int) -> list[Any]:
    value: list[Any] = []
    for _ in range(depth - 1):
        value = [value]
    return value


def test_the_lines_are_those_that_the_format_describes() -> None:
    assert header() == b'{"kind":"header","format":"socketstore-log","version":2,"created":1600000000.5}\n'
    assert line(1, AmountDeposited(amount=5)) == (
        b'{"kind":"action","sequence":1,"at":1600000000.5,"action":{"type":"amountDeposited","amount":5}}\n'
    )
    assert line(2, {"amount": 5}) == b'{"kind":"value","sequence":2,"at":1600000000.5,"value":{"amount":5}}\n'
    assert LineWriter().failure(3, AT, ValueError("no"), of=2) == (
        b'{"kind":"failed","sequence":3,"at":1600000000.5,"of":2,"error":"ValueError: no"}\n'
    )


@pytest.mark.parametrize(
    ("data", "stands_as"),
    [
        ("a text", "a text"),
        ("", ""),
        (b"\x00\xff", {"base64": "AP8="}),
        ({"base64": "AP8="}, {"json": {"base64": "AP8="}}),
        ([1, 2.5, None, True], {"json": [1, 2.5, None, True]}),
        (None, {"json": None}),
    ],
)
def test_a_message_says_whether_it_is_text_bytes_or_json(data: Any, stands_as: Any) -> None:
    written = json.loads(line(1, GotMessage(data=data)))
    assert written["action"]["data"] == stands_as
    assert there_and_back(GotMessage(data=data)).data == data


@pytest.mark.parametrize(
    "action",
    [
        LetterReceived(
            text='quote " backslash \\ line\nend \u2028 \x00 \U0001f600', scan=bytes(range(256)), weight=0.1
        ),
        LetterReceived(weight=math.inf),
        LetterReceived(weight=-math.inf),
        MessageRejected(raw=b"\xff", reason="why"),
        ParcelReceived(content={"a": [1, {"b": None}]}),
        "a plain text",
        17,
        -0.1,
        2**200,
        True,
        None,
        [],
        {"type": "amountDeposited", "amount": 5},
        {"": {"\u2028": [1e300, 5e-324]}},
    ],
    ids=repr,
)
def test_an_action_comes_back_equal_and_of_the_same_class(action: Any) -> None:
    again = there_and_back(action)
    assert again == action
    assert type(again) is type(action)


def test_not_a_number_comes_back_as_such() -> None:
    assert math.isnan(there_and_back(LetterReceived(weight=math.nan)).weight)


def test_a_line_is_one_line_whatever_the_action_holds() -> None:
    assert line(1, "a\nb\r\nc\u2028").count(b"\n") == 1


@pytest.mark.parametrize(
    "action",
    [
        (1, 2),
        {1: 2},
        {1, 2},
        b"bytes",
        object(),
        math.nan,
        math.inf,
        "\ud800",
        {"\ud800": 1},
        GotMessage(data="\ud800"),
        GotMessage(data=(1, 2)),
        GotMessage(data=object()),
        ParcelReceived(content=(1, 2)),
        ParcelReceived(content=b"bytes"),
        ParcelReceived(content=math.inf),
        ParcelReceived(content=object()),
        ParcelReceived(content=LetterReceived()),
    ],
    ids=lambda action: repr(action).split(" at 0x")[0],
)
def test_what_would_not_come_back_equal_is_refused(action: Any) -> None:
    with pytest.raises(EncodeError, match=r"^got .*[Ee]xpected"):
        LineWriter().action(1, AT, action)


@pytest.mark.parametrize("depth", [201, 1_000, 100_000])
@pytest.mark.parametrize("kind", [list, GotMessage, ParcelReceived])
def test_what_is_nested_deeper_than_can_be_read_is_refused(depth: int, kind: Any) -> None:
    deep = nested(depth)
    action = deep if kind is list else GotMessage(data=deep) if kind is GotMessage else ParcelReceived(content=deep)
    with pytest.raises(EncodeError, match=r"^got "):
        LineWriter().action(1, AT, action)


def test_what_is_written_can_be_read_however_deep_it_is_nested() -> None:
    written = 0
    for depth in range(180, 210):
        for action in (nested(depth), GotMessage(data=nested(depth))):
            try:
                text = LineWriter().action(1, AT, action)
            except EncodeError:
                continue
            written += 1
            assert read(text).action == action
    assert written > 10


@pytest.mark.parametrize("action", [10**5_000, GotMessage(data=10**5_000)], ids=["value", "message"])
def test_an_integer_with_more_digits_than_can_be_read_is_refused(action: Any) -> None:
    with pytest.raises(EncodeError, match=r"^got "):
        LineWriter().action(1, AT, action)


class Unspeakable(Exception):
    def __str__(self) -> str:
        raise RuntimeError


@pytest.mark.parametrize(
    "error", [ValueError("\ud800"), ValueError("\x00\n"), Unspeakable(), ExceptionGroup("x", [OSError()])]
)
def test_a_failure_is_written_whatever_its_error_says(error: Exception) -> None:
    entry = read(LineWriter().failure(2, AT, error, of=1))
    assert isinstance(entry, FailedEntry)
    assert (entry.sequence, entry.at, entry.of) == (2, AT, 1)
    assert type(error).__name__ in entry.error


def test_unknown_kinds_are_ignored() -> None:
    assert read(b'{"kind":"postcard","sequence":4,"at":1.0,"state":{}}\n') is None


def test_unknown_keys_are_ignored() -> None:
    assert read(line(4, AmountDeposited(amount=5)).replace(b'"amount":5', b'"amount":5,"new":1')).action.amount == 5
    assert read(b'{"new":1,"kind":"value","sequence":4,"at":1,"value":5}\n') == ActionEntry(4, 1.0, 5)
    assert read(b'{"kind":"failed","sequence":4,"at":1,"of":3,"error":"x","new":1}\n') == FailedEntry(4, 1.0, 3, "x")
    deposit = line(4, AmountDeposited(amount=5))
    assert read(b'{"new":1,' + deposit[1:]) == read(deposit)


@pytest.mark.parametrize(
    "text",
    [
        b"damage\n",
        b"\n",
        b"[]\n",
        b"{}\n",
        b'{"kind":7}\n',
        b'{"kind":"action","at":1.0,"action":{"type":"amountDeposited","amount":1}}\n',
        b'{"kind":"action","sequence":1,"at":1.0,"action":5}\n',
        b'{"kind":"value","sequence":1,"at":1.0}\n',
        b'{"kind":"value","sequence":"1","at":1.0,"value":1}\n',
        b'{"kind":"failed","sequence":1,"at":1.0,"error":"no number"}\n',
        header(),
        b"\xff\xfe\n",
    ],
)
def test_a_line_that_is_no_entry_is_damage_and_told_with_its_number(text: bytes) -> None:
    with pytest.raises(LogCorrupted, match=r"a\.jsonl, line 7: ") as caught:
        read(text)
    assert caught.value.line == 7


def test_an_unknown_class_is_told_with_file_line_and_what_to_do() -> None:
    with pytest.raises(DecodeError, match=r"a\.jsonl, line 7: got the unknown tag 'neverDefined'.*Import the module"):
        read(b'{"kind":"action","sequence":1,"at":1.0,"action":{"type":"neverDefined"}}\n')


def test_an_action_without_a_tag_is_told() -> None:
    with pytest.raises(DecodeError, match=r"a\.jsonl, line 7: got no tag"):
        read(b'{"kind":"action","sequence":1,"at":1.0,"action":{"amount":1}}\n')


@pytest.mark.parametrize("fields", [b"", b',"amount":"much"', b',"amount":null'])
def test_a_missing_or_wrong_field_is_told_with_file_line_and_field(fields: bytes) -> None:
    with pytest.raises(DecodeError, match=r"a\.jsonl, line 7: .*amount"):
        read(b'{"kind":"action","sequence":1,"at":1.0,"action":{"type":"amountDeposited"%s}}\n' % fields)


def test_a_tag_that_two_classes_have_is_told_with_both() -> None:
    text = LineWriter().action(1, AT, TwinReceived())
    with pytest.raises(DecodeError, match=r"TwinReceived and .*OtherTwinReceived both have"):
        read(text)


def test_of_two_classes_with_one_tag_the_one_named_when_opening_counts(tmp_path: Path) -> None:
    with open_log(tmp_path / "twins.jsonl", mode="x", actions=[TwinReceived]) as log:
        log.append(TwinReceived())
    (entry,) = open_log(tmp_path / "twins.jsonl", actions=[OtherTwinReceived]).read()
    assert isinstance(entry, ActionEntry)
    assert type(entry.action) is OtherTwinReceived


def test_an_action_that_hides_a_field_is_refused_and_one_with_aliases_comes_back() -> None:
    class LoggedIn(Action):
        password: SecretStr

    class Ticked(Action):
        price: float = Field(alias="p")
        when: datetime = Field(alias="t")

    with pytest.raises(EncodeError, match="would come back as"):
        LineWriter().action(1, AT, LoggedIn(password=SecretStr("hunter2")))
    ticked = Ticked(p=math.nan, t=datetime(2026, 1, 1, tzinfo=UTC))
    again = read(LineWriter().action(1, AT, ticked))
    assert math.isnan(again.action.price)
    assert again.action.when == ticked.when
    assert b'"p":"NaN"' in LineWriter().action(1, AT, ticked)


def test_what_an_action_holds_beside_its_fields_comes_back_or_is_refused() -> None:
    class ParcelTagged(Action):
        model_config = ConfigDict(extra="allow")

    tagged = ParcelTagged.model_validate({"label": ["red"]})
    assert there_and_back(tagged) == tagged
    with pytest.raises(EncodeError, match="would come back as"):
        LineWriter().action(1, AT, ParcelTagged.model_validate({"label": ("red",)}))


@pytest.mark.parametrize("name", ["", "%", "%s %d%%", '"\\', "\u2028\0\n", "\U0001f600"])
@pytest.mark.parametrize("data", ["", "100%", "\U0001f600", b"", b"%s\xff"], ids=repr)
def test_a_message_comes_back_equal_whatever_its_connection_is_called(name: str, data: str | bytes) -> None:
    writer = LineWriter()
    for epoch in (None, 1, 2, 1):
        message = FrameInEntry(sequence=7, at=AT, connection=name, epoch=epoch, data=data)
        assert read(writer.entry(7, AT, message)) == message


@pytest.mark.parametrize("odd", [{"epoch": True}, {"epoch": 1.0}, {"connection": 1}, {"connection": "\udc00"}])
def test_a_message_of_a_socket_that_could_not_be_read_is_refused_and_leaves_the_next_as_it_is(odd: Any) -> None:
    writer = LineWriter()
    with pytest.raises(EncodeError):
        writer.entry(7, AT, FrameInEntry(**{"connection": "c", "epoch": 1, "data": "", **odd}))
    message = FrameInEntry(sequence=7, at=AT, connection="c", epoch=1, data="")
    assert read(writer.entry(7, AT, message)) == message


WRONG: Any = [
    OpenedEntry(url="ws://h", epoch=True),
    OpenedEntry(url="ws://h", epoch=1.0),  # type: ignore[arg-type]
    OpenedEntry(url="ws://h", connection=1),  # type: ignore[arg-type]
    OpenedEntry(url=None),  # type: ignore[arg-type]
    OpenedEntry(url="ws://h", at="noon"),  # type: ignore[arg-type]
    ClosedEntry(code=70_000),
    ClosedEntry(code=1000, clean=1),  # type: ignore[arg-type]
    ErrorEntry(error="OSError", message=b"broken"),  # type: ignore[arg-type]
    FrameInEntry(data=5),  # type: ignore[arg-type]
    FrameInEntry(data="", connection=["a"]),  # type: ignore[arg-type]
    FrameInEntry(data="", at=True),
    FailedEntry(0, AT, True, "ValueError"),
    FailedEntry(0, AT, 0, "ValueError"),
    SnapshotEntry(digest=5),  # type: ignore[arg-type]
    NoteEntry(text=5),  # type: ignore[arg-type]
    ActionEntry(0, "noon", AmountDeposited(amount=5)),  # type: ignore[arg-type]
]


@pytest.mark.parametrize("wrong", WRONG, ids=repr)
def test_an_entry_that_could_not_be_read_is_refused_and_the_log_stays_readable(tmp_path: Path, wrong: Any) -> None:
    with open_log(tmp_path / "a.jsonl", mode="a") as log:
        with pytest.raises(EncodeError, match="expected"):
            log.write(wrong)
        log.note("here")
        assert [entry.sequence for entry in log.read()] == [1]


def test_what_is_no_entry_is_refused_and_one_of_a_class_that_derives_from_another_is_written_as_that(
    tmp_path: Path,
) -> None:
    class Remark(NoteEntry):
        pass

    with open_log(tmp_path / "a.jsonl", mode="a") as log:
        for wrong in ("a note", None, NoteEntry):
            with pytest.raises(EncodeError, match="expected an entry"):
                log.write(wrong)  # type: ignore[arg-type]
        log.write(Remark(text="here"))
        assert [type(entry) for entry in log.read()] == [NoteEntry]


@pytest.mark.parametrize("odd", [{"epoch": True}, {"epoch": 1.0}, {"connection": ["c"]}])
def test_a_message_of_a_socket_that_could_not_be_read_is_refused_by_the_log_whatever_came_before(
    tmp_path: Path, odd: dict[str, Any]
) -> None:
    with open_log(tmp_path / "a.jsonl", mode="a") as log:
        log.frame_came("", connection="c", epoch=1)
        with pytest.raises(EncodeError, match="expected a text, and an integer or None"):
            log.frame_came("", **{"connection": "c", "epoch": 1, **odd})
        assert log.last == 1


def test_a_closed_log_says_that_first_whatever_a_message_is_of(tmp_path: Path) -> None:
    log = open_log(tmp_path / "a.jsonl", mode="a")
    log.close()
    with pytest.raises(LogUnavailable, match="this log was closed"):
        log.frame_came("", connection="\udc00", epoch=1)


@pytest.mark.parametrize(
    "content",
    [10**5000, [{"a": -(10**5000)}], nested(201), nested(100_000)],
    ids=["huge", "huge within", "too deep", "far too deep"],
)
def test_what_json_cannot_give_back_is_refused_in_a_note_and_in_a_snapshot(content: Any) -> None:
    for entry in (NoteEntry(text="x", data=content), SnapshotEntry(state=content)):
        with pytest.raises(EncodeError, match=f"got <?{type(entry).__name__}.*, which could not be read back"):
            LineWriter().entry(1, AT, entry)


def test_what_is_as_deep_as_can_be_read_comes_back() -> None:
    note = NoteEntry(sequence=1, at=AT, text="x", data=nested(200))
    assert read(LineWriter().entry(1, AT, note)) == note
