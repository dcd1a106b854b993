"""What does not fit gives one clear error: what was got, what was expected, what to do."""

from __future__ import annotations

from typing import Any, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, TypeAdapter, ValidationError

from socketstore import Action, DecodeError, EncodeError, UsageError
from socketstore.codec import LISTED, TaggedUnion, decode_tagged, encode, explain, parse, short


class Opened(BaseModel):
    type: Literal["opened"] = "opened"
    port: int
    host: str = "localhost"


class Closed(BaseModel):
    type: Literal["closed", "aborted"] = "closed"


class AlsoClosed(BaseModel):
    type: Literal["closed"] = "closed"


class Many(BaseModel):
    type: Literal["many"] = "many"
    a: int
    b: int
    c: int
    d: int
    e: int
    f: int


UNION: TaggedUnion[BaseModel] = TaggedUnion([Opened, Closed, Many])


def refusal(data: str | bytes) -> str:
    with pytest.raises(DecodeError) as caught:
        decode_tagged(UNION, data)
    message = str(caught.value)
    assert message.startswith("got ")
    assert "expected" in message
    return message


def test_each_tag_of_a_union_reads_its_class():
    assert decode_tagged(UNION, '{"type":"opened","port":80}') == Opened(port=80)
    assert decode_tagged(UNION, b'{"type":"aborted"}') == Closed(type="aborted")


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (
            '{"type":"open"}',
            "got the unknown tag 'open'; expected \"type\" to be one of: aborted, closed, many, opened.",
        ),
        ('{"type":"open"}', "Import the module that defines the class, or check its spelling."),
        ('{"port":80}', 'got no tag; expected "type" to be one of'),
        ('{"type":null}', 'got no tag; expected "type" to be one of'),
        ('{"type":7}', "got the unknown tag 7"),
        ('{"type":["opened"]}', "got the unknown tag ['opened']"),
        ('{"type":"opened"}', "expected Opened: port: Field required"),
        ('{"type":"opened","port":"x"}', "expected Opened: port='x': Input should be a valid integer"),
        ('{"type":"opened","port":80,"host":7}', "host=7: Input should be a valid string"),
        ('{"type":"many"}', "a: Field required; b: Field required; c: Field required; d: Field required; and 2 more"),
        ("hello", "got 'hello'; expected JSON: "),
        ("", "got ''; expected JSON: "),
        ('{"type":"opened","port":80', "expected JSON: "),
        (b"\xff\xfe", r"got b'\xff\xfe'; expected JSON: "),
        ("[" * 5000, "expected JSON: recursion limit exceeded"),
        ("[1, 2]", 'got [1, 2]; expected a JSON object with a "type"'),
        ("null", 'got None; expected a JSON object with a "type"'),
        ('"opened"', "got 'opened'; expected a JSON object"),
    ],
)
def test_what_does_not_fit_is_one_line_that_says_what_was_got_and_expected(data: str | bytes, says: str):
    assert says in refusal(data)


def test_a_long_message_is_cut_where_it_would_no_longer_be_read():
    message = refusal('{"type":"opened","port":"' + "x" * 100_000 + '"}')
    assert len(message) < 1000
    assert "(100027 in all)" in message
    assert len(refusal("y" * 100_000)) < 500


@pytest.mark.parametrize(("count", "asked"), [(LISTED, True), (LISTED + 1, False)])
def test_a_message_that_is_wrong_in_very_many_places_does_not_take_the_time_to_list_them(count: int, asked: bool):
    with pytest.raises(ValidationError) as caught:
        TypeAdapter(list[int]).validate_python(["x"] * count)
    told = explain(caught.value)
    assert ("0='x': Input should be a valid integer" in told) is asked
    assert str(count - asked * 4) in told


@given(st.text() | st.binary() | st.builds(lambda tag: f'{{"type":"{tag}","port":1}}', st.text(max_size=3)))
def test_whatever_is_not_a_model_is_a_decode_error(data: str | bytes):
    refusal(data)


def test_a_tag_that_two_classes_have_is_refused_and_the_others_still_read():
    union: TaggedUnion[BaseModel] = TaggedUnion([Closed, AlsoClosed, Opened])
    for tag in ("closed", "aborted"):  # the second is Closed's alone, but a union with Closed would read both as it
        with pytest.raises(DecodeError, match=rf"'{tag}', which \S+Closed and \S+AlsoClosed both have; give one"):
            decode_tagged(union, f'{{"type":"{tag}"}}')
    assert decode_tagged(union, '{"type":"opened","port":80}') == Opened(port=80)


def test_of_two_classes_with_one_tag_the_one_that_was_named_counts():
    union: TaggedUnion[BaseModel] = TaggedUnion([Closed, AlsoClosed], [AlsoClosed])
    assert type(decode_tagged(union, '{"type":"closed"}')) is AlsoClosed
    assert union.annotation is AlsoClosed


def test_a_class_that_mentions_an_undefined_type_is_named_and_the_others_still_read():
    class Lost(BaseModel):
        type: Literal["lost"] = "lost"
        where: Nowhere  # type: ignore[name-defined]  # noqa: F821

    union: TaggedUnion[BaseModel] = TaggedUnion([Lost, Opened])
    with pytest.raises(DecodeError, match=r"'lost' of .*Lost, one of whose fields has a type that is not defined"):
        decode_tagged(union, '{"type":"lost","where":1}')
    assert decode_tagged(union, '{"type":"opened","port":80}') == Opened(port=80)


def test_a_union_of_nothing_is_refused():
    with pytest.raises(UsageError, match="got no action class; expected at least one"):
        TaggedUnion([])


@pytest.mark.parametrize("classes", [[Opened, Closed], [Opened]])
def test_the_annotation_is_what_pydantic_takes_as_a_field(classes: list[type[BaseModel]]):
    annotation = TaggedUnion(classes).annotation

    class Entry(BaseModel):
        action: annotation

    first = classes[0](port=80) if classes[0] is Opened else Closed(type="aborted")
    assert Entry.model_validate_json(f'{{"action":{first.model_dump_json()}}}').action == first


def test_the_annotation_of_classes_that_all_share_one_tag_takes_anything():
    assert TaggedUnion([AlsoClosed, type("Third", (AlsoClosed,), {})]).annotation is Any


json_values = st.recursive(
    st.none() | st.booleans() | st.integers(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abc"), inner, max_size=3),
)


@given(json_values)
def test_plain_values_are_written_as_json(value: Any):
    assert parse(encode(value)) == value


@pytest.mark.parametrize("value", [object(), {"a": object()}, "\ud800", {"a": ["\udfff"]}])
def test_a_value_without_a_json_form_is_refused(value: Any):
    with pytest.raises(EncodeError, match=r"got .*; expected something that JSON can hold: "):
        encode(value)


def test_the_errors_of_pydantic_are_the_cause():
    with pytest.raises(DecodeError) as caught:
        decode_tagged(UNION, '{"type":"opened"}')
    assert type(caught.value.__cause__).__name__ == "ValidationError"
    with pytest.raises(DecodeError) as caught:
        parse("{")
    assert isinstance(caught.value.__cause__, ValueError)


def test_an_action_of_a_class_that_is_not_known_says_so():
    with pytest.raises(DecodeError, match=r"got the unknown tag 'neverDefined'; .*gotMessage.*Import the module"):
        Action.from_json('{"type":"neverDefined"}')


@pytest.mark.parametrize(("value", "shown"), [("a", "'a'"), (b"a", "b'a'"), (7, "7"), ([1], "[1]")])
def test_short_shows_short_values_whole(value: Any, shown: str):
    assert short(value) == shown


@pytest.mark.parametrize("value", ["x" * 10_000, b"x" * 10_000, ["x"] * 10_000, [10**1000], [10**10_000]])
def test_short_cuts_long_values(value: Any):
    assert len(short(value)) < 300
