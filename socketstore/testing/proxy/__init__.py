"""A TCP proxy between a client and a server that does to their connection what networks do."""
