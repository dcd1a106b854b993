"""Sockets whose frames are read and written by picows, in the place of `websockets`; needs the extra ``fast``.

picows takes care of TCP, TLS, the handshake and the borders of frames; what RFC 6455 asks beyond that is here.
"""
