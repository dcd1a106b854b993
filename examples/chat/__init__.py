"""The tutorial's chat client as a complete small program."""
