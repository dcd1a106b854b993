"""Entries of a log as they stand in its file: for commands that need no action classes."""
