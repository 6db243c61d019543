"""What the daemon says when it has started: where it listens, its fingerprint, how to connect."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from twisted.internet.interfaces import IAddress

from chatdaemon.config import Configuration, Listener
from chatdaemon.source import address_text
from chatdaemon.transports.tlscontext import LoadedTLS

__all__ = ["announcement"]

# More listeners than this are listed without lines to paste.
FEW = 4


def announcement(
    config: Configuration, addresses: Mapping[str, IAddress], contexts: Mapping[str, LoadedTLS]
) -> Iterator[str]:
    """The lines to say.

    :param addresses: where each listener listens, by its name.
    :param contexts: the TLS context of each listener that has one, by its name.
    """
    for listener in config.listeners:
        address = addresses[listener.name]
        tls = contexts.get(listener.name)
        secure = " over TLS" if tls else ""
        yield f"[listener {listener.name}] {listener.protocol.upper()}{secure} on {_place(address)}"
        if tls and not listener.certificate:
            yield f"  self-signed certificate, SHA-256 {_fingerprint(tls)}"
        elif tls:
            yield from (f"  {each.path}: SHA-256 {_colons(each.fingerprint)}" for each in tls.certificates)
        port = getattr(address, "port", None)
        if port and listener.protocol == "web" and config.web.page:
            yield f"  browser: {_url(tls, address_text(address), port)}"
        if port and listener.protocol == "irc" and len(config.listeners) <= FEW:
            yield f"  irssi: {_irssi(listener, tls, address_text(address), port)}"


def _irssi(listener: Listener, tls: LoadedTLS | None, host: str, port: int) -> str:
    target = _target(host)
    if tls is None:
        return f"/connect {target} {port}"
    if listener.certificate:
        name = next(iter(tls.certificates[0].names), target)
        return f"/connect -tls {name if not name.startswith('*') else target} {port}"
    return f"/connect -tls -notls_verify -tls_pinned_cert {_fingerprint(tls)} {target} {port}"


def _url(tls: LoadedTLS | None, host: str, port: int) -> str:
    target = _target(host)
    return f"{'https' if tls else 'http'}://{f'[{target}]' if ':' in target else target}:{port}/"


def _target(host: str) -> str:
    # Who listens everywhere is reached on this machine, where the line is most likely tried first.
    return {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)


def _place(address: IAddress) -> str:
    port = getattr(address, "port", None)
    if port is None:
        name = getattr(address, "name", None)
        return name.decode("utf-8", "replace") if isinstance(name, bytes) else str(name or address)
    host = address_text(address)
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def _fingerprint(tls: LoadedTLS) -> str:
    return _colons(tls.certificates[0].fingerprint)


def _colons(digits: str) -> str:
    return ":".join(digits[at : at + 2] for at in range(0, len(digits), 2)).upper()
