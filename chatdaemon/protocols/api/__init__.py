"""The JSON protocol: one object a line (NDJSON), for programs. `docs/protocol-json.md` is its reference."""
