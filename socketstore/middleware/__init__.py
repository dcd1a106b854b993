"""Middleware: what stands between a dispatch and the reducer."""
