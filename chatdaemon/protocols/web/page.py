"""The web page: its files, read once and served from memory."""

from __future__ import annotations

import gzip
from collections.abc import Iterator, Mapping
from hashlib import sha256
from importlib import resources
from importlib.resources.abc import Traversable
from typing import Final

from twisted.web.http import CACHED
from twisted.web.resource import Resource
from twisted.web.server import Request

POLICY: Final = b"; ".join(
    (
        b"default-src 'none'",
        b"script-src 'self'",
        b"style-src 'self'",
        b"connect-src 'self'",
        b"img-src 'self' data:",
        b"font-src 'self'",
        b"manifest-src 'self'",
        b"base-uri 'none'",
        b"form-action 'none'",
        b"frame-ancestors 'none'",
        b"require-trusted-types-for 'script'",
        b"trusted-types 'none'",
    )
)
"""What the page may do (Content-Security-Policy): run its own files, and speak with this server. 'self' is
the WebSocket of the same host and port, too (CSP 3, section 6.7.2.8)."""

PERMISSIONS: Final = b"camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()"

TYPES: Final = {
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".ico": "image/x-icon",
    ".webmanifest": "application/manifest+json",
    ".json": "application/json",
    ".woff2": "font/woff2",
    ".txt": "text/plain; charset=utf-8",
}
"""What is served, by the ends of the files' names. Anything else is not."""

_INDEX = "index.html"


class Page(Resource):
    """One file. It is asked for each time, and sent when it is another than before (RFC 9110, section 13)."""

    isLeaf = True

    def __init__(self, content: bytes, kind: str) -> None:
        super().__init__()
        self._content = content
        self._kind = kind.encode("ascii")
        self._tag = sha256(content).hexdigest()[:32].encode("ascii")
        small = gzip.compress(content, mtime=0)
        # Pictures do not become smaller.
        self._small = small if len(small) < 0.9 * len(content) else None

    def render_GET(self, request: Request) -> bytes:
        packed = self._small is not None and _takes_gzip(request)
        tag = self._tag + b"-gzip" if packed else self._tag
        request.setHeader(b"Content-Type", self._kind)
        request.setHeader(b"Cache-Control", b"no-cache")
        request.setHeader(b"Content-Security-Policy", POLICY)
        request.setHeader(b"Permissions-Policy", PERMISSIONS)
        if self._small is not None:
            request.setHeader(b"Vary", b"Accept-Encoding")
        if request.setETag(b'"%s"' % tag) is CACHED:
            return b""
        if packed and self._small is not None:
            request.setHeader(b"Content-Encoding", b"gzip")
            return self._small
        return self._content


def pages() -> Mapping[bytes, Page]:
    """What there is of the page, by its path. `/` is its index."""
    found = {
        path: Page(content, kind) for path, content, kind in _files(resources.files("chatdaemon") / "web")
    }
    index = found.get(f"/{_INDEX}".encode("ascii"))
    return {b"/": index, **found} if index is not None else found


def _files(directory: Traversable, path: str = "/") -> Iterator[tuple[bytes, bytes, str]]:
    if not directory.is_dir():
        return
    for each in sorted(directory.iterdir(), key=lambda each: each.name):
        if each.name.startswith((".", "_")):
            continue
        if each.is_dir():
            yield from _files(each, f"{path}{each.name}/")
            continue
        kind = TYPES.get("." + each.name.rpartition(".")[2])
        if kind is not None:
            yield f"{path}{each.name}".encode("ascii"), each.read_bytes(), kind


def _takes_gzip(request: Request) -> bool:
    values = request.requestHeaders.getRawHeaders(b"Accept-Encoding", [])
    codings = (coding.partition(b";") for value in values for coding in value.split(b","))
    return any(
        name.strip().lower() == b"gzip" and parameters.replace(b" ", b"") not in (b"q=0", b"q=0.0")
        for name, _, parameters in codings
    )
