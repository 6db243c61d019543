"""Web push (RFC 8030): telling accounts of messages by the push services that their clients name."""
