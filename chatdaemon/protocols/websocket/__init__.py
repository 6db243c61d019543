"""WebSocket (RFC 6455): a transport that carries any of the protocols, a message in place of a line or frame.

`handshake.upgrade` takes a connection over from HTTP; the session that it gets knows of none of this.
"""
