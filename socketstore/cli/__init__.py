"""The command line: ``socketstore demo | echo | watch | record | replay``, one file for each command."""
