"""Requests to where strangers say: by HTTP, to public addresses, bounded."""
