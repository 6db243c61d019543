"""The whole configuration from its file: defaults that the machine decides, and checks across keys."""

from __future__ import annotations

import socket
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from chatdaemon.config import ini
from chatdaemon.config.checker import Checker
from chatdaemon.config.endpoint import is_exposed
from chatdaemon.config.gateways import Gateway
from chatdaemon.config.hooks import Hooks
from chatdaemon.config.ini import Section
from chatdaemon.config.kinds import ServerName, Surroundings
from chatdaemon.config.mistakes import ConfigError
from chatdaemon.config.model import (
    DEFAULT_LISTENERS,
    DEFAULT_SERVER_NAME,
    SINGLE_SECTIONS,
    Configuration,
    Listener,
    Operator,
    Server,
)
from chatdaemon.config.push import Push
from chatdaemon.config.read import Reading, keys_of, named_sections, unknown_section
from chatdaemon.config.web import Web


def load(
    path: Path | None,
    *,
    environ: Mapping[str, str],
    hostname: Callable[[], str] = socket.gethostname,
) -> Configuration:
    """The configuration in the file at `path`; with None, the defaults, which an empty file means as well.

    Hashes, the message of the day and included files are read here; certificates and keys are only
    looked for. `$STATE_DIRECTORY` and `$CREDENTIALS_DIRECTORY` are taken from `environ`. Raises
    ConfigError with every mistake; what is merely unwise is in `Configuration.warnings`.
    """
    reading = Reading(environ)
    sections = ini.read(path, reading.mistakes) if path is not None else {}
    for header, section in sections.items():
        if wrong := unknown_section(header):
            reading.mistake(section, wrong)

    parts: dict[str, Any] = {
        field: reading.section(model, _one(sections, header))
        for header, (field, model) in SINGLE_SECTIONS.items()
    }
    listeners = _listeners(reading, sections)
    operators = _operators(reading, sections)
    gateways = _gateways(reading, sections)
    checkers = _checkers(reading, sections)
    _check_accounts(reading, sections, parts)
    _check_push(reading, sections, parts["push"])
    _check_hooks(reading, sections, parts["hooks"])
    _check_web(reading, sections, parts["web"])
    if reading.mistakes:
        raise ConfigError(sorted(reading.mistakes, key=lambda each: (str(each.file), each.line or 0)))

    if not any(listener.client_certificates for listener in listeners):
        for name, section in named_sections(sections, "operator"):
            if "certificate-fingerprint" in section.entries:
                place = section.entries["certificate-fingerprint"]
                reading.warning(
                    place, f'{name} cannot show a certificate: no listener has "client-certificates"'
                )
    given = sections["chatdaemon"].entries if "chatdaemon" in sections else {}
    server: Server = parts["server"] or Server()
    if "server-name" not in given:
        server = replace(server, server_name=_server_name(hostname()))
    if "data-directory" not in given:
        state = environ.get("STATE_DIRECTORY", "").split(":")[0]
        server = replace(server, data_directory=Path(state or server.data_directory).absolute())
    parts["server"] = server
    return Configuration(
        **parts,
        listeners=listeners or DEFAULT_LISTENERS,
        operators=operators,
        gateways=gateways,
        checkers=checkers,
        warnings=tuple(reading.warnings),
        path=path,
    )


def changes_needing_restart(old: Configuration, new: Configuration) -> list[str]:
    """The keys that differ and that a running server cannot change."""
    return [
        spec.name
        for part, section in SINGLE_SECTIONS.values()
        for spec in keys_of(section)
        if spec.key.restart
        and getattr(getattr(old, part), spec.field) != getattr(getattr(new, part), spec.field)
    ]


def without_restart(old: Configuration, new: Configuration) -> Configuration:
    """`new` as far as a running server can follow: what needs a restart keeps its value of `old`."""
    for part, section in SINGLE_SECTIONS.values():
        before = getattr(old, part)
        kept = {spec.field: getattr(before, spec.field) for spec in keys_of(section) if spec.key.restart}
        new = replace(new, **{part: replace(getattr(new, part), **kept)})
    return new


def _one(sections: Mapping[str, Section], name: str) -> Section:
    return sections.get(name) or Section(name, Path(), 0)


def _server_name(hostname: str) -> str:
    try:
        return ServerName().read(hostname, Surroundings(Path(), {}))
    except ValueError:
        return DEFAULT_SERVER_NAME


def _listeners(reading: Reading, sections: Mapping[str, Section]) -> tuple[Listener, ...]:
    listeners: list[Listener] = []
    for name, section in named_sections(sections, "listener"):
        listener = reading.section(Listener, section, name=name)
        if listener is None:
            continue
        _check_listener(reading, section, listener)
        for other in listeners:
            if other.endpoint == listener.endpoint:
                reading.mistake(section.entries["endpoint"], f"[listener {other.name}] has this endpoint too")
        listeners.append(listener)
    return tuple(listeners)


def _check_listener(reading: Reading, section: Section, listener: Listener) -> None:
    """What one key of a listener says of another."""
    entries = section.entries
    endpoint = entries["endpoint"]
    if not listener.tls:
        for key, value in (
            ("certificate", listener.certificate),
            ("key", listener.key),
            ("client-certificates", listener.client_certificates),
            ("sts-duration", listener.sts_duration is not None),
            ("sts-preload", listener.sts_preload),
        ):
            if value:
                reading.mistake(entries[key], f'"{key}" needs tls = yes')
        if is_exposed(listener.endpoint):
            reading.warning(
                endpoint, "passwords and messages can be read on the way here; tls = yes hides them"
            )
        return
    if listener.sts_port is not None:
        reading.mistake(entries["sts-port"], '"sts-port" is for listeners without tls')
    if listener.sts_duration and not listener.certificate:
        place = entries["sts-duration"]
        reading.warning(place, "clients trust no self-signed certificate: they would be locked out")
    if listener.key and len(listener.key) != len(listener.certificate):
        count = f"certificates {len(listener.certificate)}, keys {len(listener.key)}"
        reading.mistake(entries["key"], f"every certificate needs its key: {count}")
    elif not listener.key:
        for path in listener.certificate:
            reading.check_secret(path, entries["certificate"])


def _checkers(reading: Reading, sections: Mapping[str, Section]) -> tuple[Checker, ...]:
    read = [
        (section, reading.section(Checker, section, name=name))
        for name, section in named_sections(sections, "checker")
    ]
    accounts = _one(sections, "accounts")
    if read and "registration" not in accounts.entries and "passwords" not in accounts.entries:
        reading.warning(
            read[0][0],
            f"[{read[0][0].name}] knows people by name, and everybody can register such a name first;"
            ' registration = closed in [accounts] prevents it ("open" there says that it is meant)',
        )
    return tuple(checker for _, checker in read if checker is not None)


def _check_accounts(reading: Reading, sections: Mapping[str, Section], parts: Mapping[str, Any]) -> None:
    """What keys of [accounts], [mail] and [oauth] say of one another."""
    accounts, mail, oauth = parts["accounts"], parts["mail"], parts["oauth"]
    if accounts is not None and mail is not None:
        if accounts.email_verification and not mail.relay:
            place = sections["accounts"].entries["email-verification"]
            reading.mistake(place, '"email-verification" needs a "relay" in [mail]')
        if mail.relay and not mail.sender:
            reading.mistake(sections["mail"].entries["relay"], '[mail] needs a "sender"')
        if len(mail.ca_file) > 1:
            reading.mistake(sections["mail"].entries["ca-file"], "ca-file: it is one file")
        if mail.username and mail.security == "none":
            reading.mistake(sections["mail"].entries["username"], "a password is not sent in the clear")
    if oauth is not None and oauth.jwt_key and oauth.introspection_url:
        place = sections["oauth"].entries["introspection-url"]
        reading.mistake(place, 'give "jwt-key" or "introspection-url", not both')


def _check_push(reading: Reading, sections: Mapping[str, Section], push: Push | None) -> None:
    if push is not None:
        if push.enabled and not push.contact:
            reading.mistake(sections["push"].entries["enabled"], '[push] needs a "contact"')
        if len(push.ca_file) > 1:
            reading.mistake(sections["push"].entries["ca-file"], "ca-file: it is one file")


def _check_hooks(reading: Reading, sections: Mapping[str, Section], hooks: Hooks | None) -> None:
    if hooks is not None and len(hooks.ca_file) > 1:
        reading.mistake(sections["hooks"].entries["ca-file"], "ca-file: it is one file")


def _check_web(reading: Reading, sections: Mapping[str, Section], web: Web | None) -> None:
    if web is not None:
        entries = _one(sections, "web").entries
        if "*" in web.origins:
            reading.warning(
                entries["origins"], "any page that people look at can use this server as they can"
            )
        if "*" in web.hosts:
            reading.warning(entries["hosts"], "pages of other servers can reach this one by names of theirs")


def _operators(reading: Reading, sections: Mapping[str, Section]) -> tuple[Operator, ...]:
    operators: list[Operator] = []
    for name, section in named_sections(sections, "operator"):
        operator = reading.section(Operator, section, name=name)
        if operator is None:
            continue
        if operator.password_hash is None and not operator.certificate_fingerprint:
            wanted = '"password-hash", "password-hash-file" or "certificate-fingerprint"'
            reading.mistake(section, f"[{section.name}] needs {wanted}")
        operators.append(operator)
    return tuple(operators)


def _gateways(reading: Reading, sections: Mapping[str, Section]) -> tuple[Gateway, ...]:
    gateways: list[Gateway] = []
    for name, section in named_sections(sections, "webirc"):
        gateway = reading.section(Gateway, section, name=name)
        if gateway is None:
            continue
        if gateway.password_hash is None and not gateway.certificate_fingerprint:
            wanted = '"password-hash", "password-hash-file" or "certificate-fingerprint"'
            reading.mistake(section, f"[{section.name}] needs {wanted}")
        if not gateway.hosts:
            reading.mistake(section.entries["hosts"], "hosts: the value is missing")
        gateways.append(gateway)
    return tuple(gateways)
