"""How fast is it, measured against what one would write or use instead; `python -m benchmarks` prints the table."""
