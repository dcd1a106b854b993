"""A connection that survives a server and a network on a bad day."""
