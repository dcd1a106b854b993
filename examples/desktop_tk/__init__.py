"""Prices in a Tk window."""
