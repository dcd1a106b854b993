"""The core: a container of one immutable state, reducers, and the ways to hear of a change. No I/O in here."""
