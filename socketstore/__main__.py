"""The command line, as ``python -m socketstore``."""

from socketstore.cli.main import main

main()
