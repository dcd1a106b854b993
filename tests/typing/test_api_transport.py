"""The typed examples of transports also run."""

from __future__ import annotations

import api_transport

from socketstore import Store


async def test_the_typed_examples_of_transports_run() -> None:
    store = Store(lambda state, _: state, 0)
    assert "CONNECTING" in repr(api_transport.a_socket_over_picows())
    assert "default" in repr(api_transport.a_connection_over_picows(store))
    assert "default" in repr(api_transport.a_script_with_the_loop_of_uvloop(store))
