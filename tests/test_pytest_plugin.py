"""The fixtures, in a pytest run of somebody else's."""

from __future__ import annotations

from collections.abc import Callable

import pytest

pytest_plugins = ["pytester"]

Run = Callable[[str], pytest.RunResult]

USED = """
import asyncio
import pytest
from socketstore import Connection, GotMessage, Store, record

def test_the_echo_url_is_a_running_server(socketstore_echo_url):
    async def main():
        store = Store(lambda state, action: (*state, getattr(action, "data", None)), ())
        async with Connection(socketstore_echo_url, store) as connection:
            await connection.send("hello")
            await store.wait_for(lambda state: "hello" in state, timeout=5)
    asyncio.run(main())

@pytest.mark.parametrize("words", ["one", "two"])
def test_the_log_is_new_for_each_test_and_open_for_writing(socketstore_log, words):
    store = Store(lambda state, action: action, None, middleware=[record(socketstore_log)])
    store.dispatch(GotMessage(data=words))
    (entry,) = socketstore_log.read()
    assert words in str(entry)
"""

UNUSED = """
import threading

def test_nothing_happens(tmp_path):
    assert [thread.name for thread in threading.enumerate()] == ["MainThread"]
    assert list(tmp_path.iterdir()) == []
"""


@pytest.fixture
def run(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run a test file with our plugin, found by its entry point, and no other."""
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")

    def run(tests: str) -> pytest.RunResult:
        pytester.makepyfile(tests)
        return pytester.runpytest_subprocess("-p", "socketstore", "-p", "no:cacheprovider", "-W", "error")

    return run


def test_the_fixtures_give_what_they_promise(run: Run) -> None:
    run(USED).assert_outcomes(passed=3)


def test_nothing_happens_when_no_test_asks_for_a_fixture(run: Run) -> None:
    result = run(UNUSED)
    result.assert_outcomes(passed=1)
    assert result.ret == 0
