"""Middleware of general use."""
