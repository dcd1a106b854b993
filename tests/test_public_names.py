"""The public names: all there, sorted, explained."""

from __future__ import annotations

import ast
import importlib
import inspect
import pkgutil
import subprocess
import sys
from types import ModuleType
from typing import Any

import pytest

import socketstore

PROMISED = (
    *("Store", "Slice", "combine_reducers", "Middleware", "Reducer", "Listener", "Dispatch", "Unsubscribe", "Watch"),
    *(
        "Action",
        "SocketAction",
        "Connecting",
        "JustConnected",
        "GotMessage",
        "GotError",
        "JustDisconnected",
        "ReconnectScheduled",
        "MessageRejected",
        "GapDetected",
        "Resynced",
    ),
    *("connection_state", "WebSocket", "WebSocketServer", "Connection", "Backoff", "ConnectionFailed"),
    *("Effects", "EffectRun", "thunk", "async_request"),
    *("selector", "selector_family", "undoable", "Undoable", "Undo", "Redo", "Jump", "ClearHistory"),
    *("open_log", "record", "replay", "SocketstoreError", "DispatchError", "DecodeError"),
    *(
        "Entities",
        "focus",
        "differences",
        "logger",
        "Logger",
        "check_purity",
        "check_serializable",
        "CheckPurity",
        "CheckSerializable",
    ),
)
"""The names of the design that exist by now."""


def modules() -> list[ModuleType]:
    """Import every module of the package that needs no optional library."""
    found = pkgutil.walk_packages(socketstore.__path__, "socketstore.")
    names = [module.name for module in found if not module.name.endswith("__main__")]
    return [importlib.import_module(name) for name in names if ".integrations" not in name]


def unexplained(kind: type[Any]) -> list[str]:
    """Return the public methods and properties that a class defines itself and does not explain."""
    return [
        name
        for name, value in vars(kind).items()
        if not name.startswith("_")
        and (inspect.isfunction(value) or isinstance(value, (property, classmethod, staticmethod)))
        and not inspect.getdoc(getattr(kind, name))
    ]


def test_all_is_what_can_be_asked_for_and_is_sorted():
    assert socketstore.__all__ == sorted(socketstore.PLACES)
    assert set(socketstore.__all__) <= set(dir(socketstore))


def test_type_checkers_read_of_the_same_places_as_python():
    tree = ast.parse(inspect.getsource(socketstore))
    (checked,) = (node for node in tree.body if isinstance(node, ast.If))
    imports = [node for node in checked.body if isinstance(node, ast.ImportFrom)]
    assert {node.module: tuple(name.name for name in node.names) for node in imports} == socketstore.MODULES


def test_a_name_that_does_not_exist_is_told():
    with pytest.raises(AttributeError, match="module 'socketstore' has no attribute 'Stoer'"):
        _ = socketstore.Stoer


def test_nothing_is_loaded_before_it_is_asked_for():
    code = "import sys, socketstore; print([name for name in sys.modules if name.startswith('socketstore.')])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def test_all_can_be_imported_with_a_star():
    namespace: dict[str, Any] = {}
    exec("from socketstore import *", namespace)  # noqa: S102
    assert set(socketstore.__all__) <= namespace.keys()


@pytest.mark.parametrize("name", PROMISED)
def test_what_the_design_promises_is_there(name: str):
    assert name in socketstore.__all__


@pytest.mark.parametrize("name", socketstore.__all__)
def test_every_public_class_and_function_is_explained(name: str):
    value = getattr(socketstore, name)
    if inspect.isclass(value) or inspect.isfunction(value):
        assert inspect.getdoc(value), f"{name} has no docstring"
        assert inspect.isfunction(value) or not unexplained(value)


@pytest.mark.parametrize("module", modules(), ids=lambda module: module.__name__)
def test_every_module_is_explained_and_names_only_what_it_has(module: ModuleType):
    assert module.__doc__
    for name in getattr(module, "__all__", ()):
        assert hasattr(module, name)


def test_there_is_a_version():
    assert socketstore.__version__.count(".") == 2
