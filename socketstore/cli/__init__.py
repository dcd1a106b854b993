"""The command line ``socketstore``: one file for each command."""
