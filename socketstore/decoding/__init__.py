"""From a message to actions, and from what the program sends to a message: for connections, and for recorded frames."""
