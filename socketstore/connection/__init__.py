"""The adapter: what a socket does becomes actions; attempts follow one another until it is closed."""
