"""Programs that are measured in a process of their own: ``python -m benchmarks.programs.NAME``; see `answer`."""
