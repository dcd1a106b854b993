"""Subscriptions that are read from the state: what a server is asked to send follows what the program wants."""
