"""Liveness: is anybody there, and does anything come? Heartbeats, round trips, and the watch over silence."""
