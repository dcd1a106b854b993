"""Recordings that other programs have made, as entries of a log."""
