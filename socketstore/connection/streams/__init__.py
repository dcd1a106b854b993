"""Streams: sequences of messages of which none may be missing; gaps in them are found, and closed.

In the order of reading:

- `definition`: what a program says of its streams. Its detectors are in `ordering`, `orderings` and `watches`; `rules`
  puts each in its place.
- `gate`: the part of the connection: each action passes there on its way to the store. `counting` counts first.
- `outlet`: the phases of a stream, and all that a stream may do to the world around it.
- `machine`: what a message means to a stream in each phase; `stream`, its base, is what it then does.
- `progress`: how far a stream has come; `waiting`: what waits to follow; `joining`: how that joins a snapshot.
- `resyncing`: calls ``resync=`` until a stream is complete; `silences`: finds the streams on which nothing comes.
"""
