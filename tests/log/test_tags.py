"""Two action classes with one tag: the one who writes is told, not only the one who reads."""

from __future__ import annotations

from pathlib import Path

import pytest

from socketstore import Action, ActionEntry, EncodeError, Log, Store, open_log, record


class ParcelShipped(Action):
    weight: float


class OtherParcelShipped(Action):
    """A class of another module, as it were, that happens to have the same name."""

    type: str = "parcelShipped"
    weight: float


class LonelyParcelShipped(Action):
    weight: float


@pytest.mark.parametrize("kind", [ParcelShipped, OtherParcelShipped])
def test_an_action_whose_tag_another_class_has_is_refused_when_it_is_written(
    tmp_path: Path, kind: type[ParcelShipped]
) -> None:
    with open_log(tmp_path / "a.jsonl", mode="x") as log:
        for _ in range(2):
            with pytest.raises(
                EncodeError, match=r"which .*ParcelShipped and .*ParcelShipped both have; .*actions=\[\.\.\.\]"
            ):
                log.append(kind(weight=1))
            with pytest.raises(EncodeError, match="both have"):
                log.write(ActionEntry(0, 0, kind(weight=1)))
        assert log.append(LonelyParcelShipped(weight=1)) == 1
        assert log.append({"type": "parcelShipped"}) == 2


def test_the_reducer_does_not_see_it(tmp_path: Path) -> None:
    seen: list[object] = []
    with open_log(tmp_path / "a.jsonl", mode="x") as log:
        store = Store(lambda state, action: seen.append(action) or state, 0, middleware=[record(log)])  # type: ignore[func-returns-value]
        with pytest.raises(EncodeError):
            store.dispatch(ParcelShipped(weight=1))
    assert seen == []


def opened(path: Path) -> Log:
    return open_log(path, mode="a", actions=[ParcelShipped])


def test_the_class_that_is_named_counts(tmp_path: Path) -> None:
    with opened(tmp_path / "a.jsonl") as log:
        assert log.append(ParcelShipped(weight=1)) == 1
    with opened(tmp_path / "a.jsonl") as log:
        assert [entry.action for entry in log.read() if isinstance(entry, ActionEntry)] == [ParcelShipped(weight=1)]


def test_the_other_one_would_be_read_as_the_one_that_is_named(tmp_path: Path) -> None:
    with (
        opened(tmp_path / "a.jsonl") as log,
        pytest.raises(
            EncodeError, match=r"OtherParcelShipped, which would be read as .*\.ParcelShipped: .*name the one to read"
        ),
    ):
        log.append(OtherParcelShipped(weight=1))


def test_a_class_that_was_defined_anew_is_the_same(tmp_path: Path) -> None:
    def define() -> type[Action]:
        class ParcelReturned(Action):
            pass

        return ParcelReturned

    kinds = define(), define()
    with open_log(tmp_path / "a.jsonl", mode="x") as log:
        for kind in kinds:
            log.append(kind())
        assert [type(entry.action) for entry in log.read() if isinstance(entry, ActionEntry)] == [kinds[1]] * 2
