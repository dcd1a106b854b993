"""The event layer: client and server sockets that call listeners, as a browser's do."""
