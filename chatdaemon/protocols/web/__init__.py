"""What is spoken with browsers and over HTTP: the page, WebSocket's first request, the HTTP API, hooks."""
