"""Versions of actions, and converting, as a program uses them; mypy and pyright check this file.

Each ``type: ignore[code]`` marks a mistake that mypy must find: where it no longer does, mypy reports the ignore.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, assert_type

from socketstore import Action, convert, removed_action, renamed_action, upcasts


class BeamCut(Action, version=3):
    millimetres: int


@upcasts(BeamCut, from_version=1)
def to_metres(fields: dict[str, Any]) -> dict[str, Any]:
    return {"metres": fields["feet"] * 0.3048}


@upcasts(BeamCut, from_version=2)
def to_millimetres(fields: dict[str, Any]) -> dict[str, Any]:
    return {"millimetres": round(fields["metres"] * 1000)}


@upcasts(BeamCut, from_tag="logSawn", to_version=2)
def from_log(fields: dict[str, Any]) -> dict[str, Any]:
    return {"metres": fields["length"]}


renamed_action("beamSawn", BeamCut)
removed_action("beamSwept")


def a_decorated_function_is_what_it_was() -> dict[str, Any]:
    return assert_type(to_millimetres(assert_type(to_metres({"feet": 1}), dict[str, Any])), dict[str, Any])


def a_class_with_a_version_is_made_as_before() -> BeamCut:
    return assert_type(BeamCut(millimetres=5), BeamCut)


def converting_counts(source: Path, target: str) -> int:
    def told(done: int, total: int) -> None:
        assert done <= total

    return assert_type(convert(source, target, beside=[], progress=told), int)


def mistakes_that_are_refused() -> None:
    upcasts("BeamCut", from_version=1)  # type: ignore[arg-type]


def a_function_of_something_else() -> None:
    @upcasts(BeamCut, from_version=2)  # type: ignore[type-var]
    def lengthened(fields: int) -> int:
        return fields
