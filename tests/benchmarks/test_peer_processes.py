from __future__ import annotations

import shutil
import sys

import pytest

from benchmarks.peers import node, processes, python
from benchmarks.peers.processes import answering, generator, run
from benchmarks.rows import NotMeasured


def python_program(text):
    return [sys.executable, "-c", text]


@pytest.mark.parametrize("shape", ["one", "many"])
def test_our_counter_answers_from_a_process_of_its_own(shape):
    with python.ours("socketstore_counter", shape)(20) as side:
        assert side() > 0
        assert side() > 0


def test_our_ingest_answers_from_a_process_of_its_own():
    with generator() as address, python.ours("socketstore_ingest", address)(20) as side:
        assert side() > 0


def test_a_program_that_fails_before_it_is_ready_is_not_measured_and_its_last_words_are_kept():
    with (
        pytest.raises(NotMeasured, match="failed: no such thing"),
        answering(python_program("raise SystemExit('first\\nno such thing')")),
    ):
        pytest.fail("it was not ready")


def test_a_program_that_fails_while_it_is_measured_is_not_measured_either():
    once = "input_ = __import__('sys').stdin\nprint('ready', flush=True)\ninput_.readline()\nraise SystemExit('lost 3')"
    with answering(python_program(once)) as side:
        with pytest.raises(NotMeasured, match="failed: lost 3"):
            side()
        with pytest.raises(NotMeasured, match="failed: lost 3"):
            side()  # and it stays so, when there is nobody left to ask


def test_a_program_that_says_nothing_is_ended(monkeypatch):
    monkeypatch.setattr(processes, "PATIENCE", 0.05)
    with (
        pytest.raises(NotMeasured, match="failed: it said nothing"),
        answering(python_program("import threading; threading.Event().wait()")),
    ):
        pytest.fail("it was not ready")


def test_a_program_that_is_not_there_is_not_measured():
    with pytest.raises(NotMeasured, match="nowhere"), answering(["/nowhere"]):
        pytest.fail("it is not there")


def test_an_installation_that_fails_is_not_measured_and_its_last_words_are_kept():
    with pytest.raises(NotMeasured, match="failed: no such package"):
        run(python_program("raise SystemExit('first\\nno such package')"))


def test_without_node_its_rows_are_not_measured(monkeypatch):
    monkeypatch.setattr(node, "installed", lambda: node.PACKAGES)
    monkeypatch.setattr(shutil, "which", lambda _: None)
    node.install.cache_clear()

    with pytest.raises(NotMeasured, match="node is not installed"), node.node("dispatch.mjs", "redux", "one")(1):
        pytest.fail("it is not there")


def test_packages_of_another_version_are_installed_again(monkeypatch):
    ran: list[list[str]] = []
    monkeypatch.setattr(node, "installed", lambda: {**node.PACKAGES, "redux": "4.0.0"})
    monkeypatch.setattr(node, "run", lambda words, folder: ran.append(words))
    monkeypatch.setattr(shutil, "which", lambda name: name)
    node.install.cache_clear()

    node.install()
    node.install.cache_clear()

    assert [words[:2] for words in ran] == [["npm", "install"]]


def test_a_virtual_environment_is_made_once_for_all_rows_that_need_it(monkeypatch):
    ran: list[list[str]] = []
    monkeypatch.setattr(python, "run", ran.append)

    first, second = python.python_with("left", "right==1"), python.python_with("left", "right==1")

    assert first == second
    assert [words[-2:] for words in ran[1:]] == [["left", "right==1"]]
    python.python_with.cache_clear()


def test_the_table_calls_a_library_by_its_name_and_version():
    assert python.label(("some-library==1.2", "what it forgot")) == "some-library 1.2"
    assert node.label("redux") == f"Redux {node.PACKAGES['redux']} on Node"
