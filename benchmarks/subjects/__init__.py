"""The rows, one file for each subject, in the order of the table."""

from benchmarks.subjects import (
    combination,
    dispatch,
    entities,
    ingest,
    recording,
    replaying,
    selecting,
    threads,
    unbuilt,
)

ROWS = (
    *dispatch.ROWS,
    *threads.ROWS,
    *combination.ROWS,
    *selecting.ROWS,
    *entities.ROWS,
    *ingest.ROWS,
    *recording.ROWS,
    *replaying.ROWS,
    *unbuilt.ROWS,
)
