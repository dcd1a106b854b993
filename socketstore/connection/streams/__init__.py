"""Streams: sequences of messages of which none may be missing; gaps in them are found, and closed."""
