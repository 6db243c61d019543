"""One module a scenario: it drives a server, checks what arrived and returns a `Figure`."""
