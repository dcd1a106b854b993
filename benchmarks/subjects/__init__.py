"""The rows, one file for each subject, in the order of the table."""

from benchmarks.subjects import (
    combination,
    dispatch,
    entities,
    ingest,
    recorded,
    recording,
    replaying,
    selecting,
    sending,
    starting,
    streams,
    structs,
    subscribers,
    threads,
)

ROWS = (
    *dispatch.ROWS,
    *threads.ROWS,
    *combination.ROWS,
    *selecting.ROWS,
    *subscribers.ROWS,
    *entities.ROWS,
    *ingest.ROWS,
    *structs.ROWS,
    *sending.ROWS,
    *recorded.ROWS,
    *streams.ROWS,
    *recording.ROWS,
    *replaying.ROWS,
    *starting.ROWS,
)
