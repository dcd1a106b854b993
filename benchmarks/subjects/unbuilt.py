"""What the design promises and nobody can measure yet."""

from benchmarks.rows import not_built

ROWS = (not_built("fast", "ingest with the `fast` extra", "Node: ws, JSON.parse, Redux", 0.6),)
