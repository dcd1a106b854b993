"""Prices in a Qt window."""
