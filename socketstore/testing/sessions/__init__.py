"""Recorded sessions: read as what a server did, served again, recorded from real servers, and compared."""
