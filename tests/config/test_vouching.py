"""The sections on who else says who somebody is: [checker NAME], [oauth], [mail], and what they ask of others."""

from __future__ import annotations

from pathlib import Path

import pytest

from chatdaemon.accounts.checkers import CheckerSettings
from chatdaemon.accounts.mail import TEXT, MailSettings
from chatdaemon.accounts.oauth import OAuthSettings
from chatdaemon.accounts.settings import MECHANISMS, AuthenticationSettings
from chatdaemon.config import Configuration, changes_needing_restart
from chatdaemon.config.accounts import SASL_MECHANISMS
from chatdaemon.settings import authentication_settings, checker_settings, mail_settings, oauth_settings
from tests.config.files import config, mistakes, warnings

CLOSED = "[accounts]\nregistration = closed\n"
MAIL = "[mail]\nrelay = mail.example.net\nsender = chat@example.net\n"


def test_the_defaults_are_those_of_the_parts() -> None:
    assert authentication_settings(Configuration()) == AuthenticationSettings()
    assert oauth_settings(Configuration()) == OAuthSettings()
    assert checker_settings(Configuration()) == ()
    assert mail_settings(Configuration()) is None
    assert SASL_MECHANISMS == MECHANISMS


def test_every_key_of_accounts_that_concerns_logging_in_arrives(tmp_path: Path) -> None:
    found = authentication_settings(
        config(
            tmp_path,
            "[accounts]\npasswords = no\npassword-length = 12\nsasl-mechanisms = plain, external\n"
            "plain-without-tls = yes\nlogin-burst = 9\nlogin-interval = 7s\nregistration-burst = 8\n"
            "registration-interval = off\nemail-verification = yes\nverification-timeout = 1h\n" + MAIL,
        )
    )
    assert found == AuthenticationSettings(
        ("EXTERNAL", "PLAIN"), False, 12, True, 9, 7.0, 8, None, True, 3600.0
    )


# [checker NAME]


def test_checkers_are_asked_in_the_file_s_order_with_their_options(tmp_path: Path) -> None:
    (tmp_path / "options").write_text("url = ldaps://ldap.example.net\n\nbind-password = a = b\n")
    (tmp_path / "options").chmod(0o600)
    found = config(
        tmp_path,
        f"{CLOSED}[checker b]\ntype = script\noptions = command = /bin/check -x\n  concurrency = 2\n"
        "autocreate = no\ntimeout = 3s\n[checker a]\ntype = ldap\noptions-file = options\n",
    )
    assert checker_settings(found) == (
        CheckerSettings("b", "script", (("command", "/bin/check -x"), ("concurrency", "2")), False, 3.0),
        CheckerSettings("a", "ldap", (("url", "ldaps://ldap.example.net"), ("bind-password", "a = b"))),
    )
    assert not found.warnings


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("[checker x]", '1: [checker x] needs "type"'),
        ("[checker]", "1: [checker] needs a name: [checker NAME]"),
        ("[checker x]\ntype = a b", "2: type: the value cannot hold a space"),
        ("[checker x]\ntype = a\noptions = word", '3: options: "word" is not of the form "name = value"'),
        ("[checker x]\ntype = a\noptions = A_b = 1", '3: options: "A_b" is not of the form "name = value"'),
        ("[checker x]\ntype = a\noptions = a = 1\n  a = 2", '3: options: "a" is there twice'),
    ],
)
def test_what_is_wrong_with_a_checker_is_said_with_its_line(tmp_path: Path, text: str, says: str) -> None:
    assert mistakes(tmp_path, text) == [says]


def test_whom_a_checker_knows_could_be_forestalled(tmp_path: Path) -> None:
    (warning,) = warnings(tmp_path, "[checker x]\ntype = script\n")
    assert warning.startswith(
        "1: [checker x] knows people by name, and everybody can register such a name first"
    )
    assert warnings(tmp_path, f"{CLOSED}[checker x]\ntype = script\n") == []
    assert warnings(tmp_path, "[accounts]\npasswords = no\n[checker x]\ntype = script\n") == []


def test_a_secret_that_others_can_read_is_warned_of(tmp_path: Path) -> None:
    for name, text in (
        ("options", f"{CLOSED}[checker x]\ntype = script\noptions-file = options\n"),
        ("key", "[oauth]\njwt-key-file = key\n"),
        ("password", f"{MAIL}username = chat\npassword-file = password\n"),
    ):
        (tmp_path / name).write_text("a = b")
        (tmp_path / name).chmod(0o644)
        (warning,) = warnings(tmp_path, text)
        assert "everybody on this machine can read" in warning


# [oauth]


def test_a_key_is_read_from_the_file_or_beside_it(tmp_path: Path) -> None:
    (tmp_path / "key.pem").write_text("-----BEGIN PUBLIC KEY-----\nabc\n-----END PUBLIC KEY-----\n")
    (tmp_path / "key.pem").chmod(0o600)
    in_file = oauth_settings(config(tmp_path, "[oauth]\njwt-key-file = key.pem\n"))
    beside = "[oauth]\njwt-key =\n  -----BEGIN PUBLIC KEY-----\n  abc\n  -----END PUBLIC KEY-----\n"
    assert in_file == oauth_settings(config(tmp_path, beside))
    assert in_file.key == "-----BEGIN PUBLIC KEY-----\nabc\n-----END PUBLIC KEY-----"
    assert in_file.used


def test_every_key_of_oauth_arrives(tmp_path: Path) -> None:
    text = (
        "[oauth]\nintrospection-url = https://sso.example.net/x\nclient-id = we\nclient-secret = s\n"
        "issuer = iss\naudience = aud\naccount-claim = nick\nautocreate = no\n"
        "discovery-url = https://sso.example.net/y\ntimeout = 5s\n"
    )
    assert oauth_settings(config(tmp_path, text)) == OAuthSettings(
        "",
        "https://sso.example.net/x",
        "we",
        "s",
        "iss",
        "aud",
        "nick",
        False,
        "https://sso.example.net/y",
        5.0,
    )


@pytest.mark.parametrize("url", ["http://localhost/x", "http://127.0.0.1:8080/x", "http://[::1]/x", ""])
def test_secrets_may_go_to_this_machine_in_the_clear(tmp_path: Path, url: str) -> None:
    assert config(tmp_path, f"[oauth]\nintrospection-url = {url}\n").oauth.introspection_url == url


@pytest.mark.parametrize("url", ["http://example.net/x", "ftp://example.net/x"])
def test_and_nowhere_else(tmp_path: Path, url: str) -> None:
    (mistake,) = mistakes(tmp_path, f"[oauth]\nintrospection-url = {url}\n")
    assert mistake == f'2: introspection-url: "{url}" is not encrypted: it takes https://'


@pytest.mark.parametrize(
    "url", ["x", "https://", "https://a b/", "https://\u00e9.net/", "https://x:port/", "https://[x/"]
)
def test_what_is_no_address_is_refused(tmp_path: Path, url: str) -> None:
    (mistake,) = mistakes(tmp_path, f"[oauth]\nintrospection-url = {url}\n")
    assert "is not an address such as" in mistake


def test_tokens_are_signed_or_asked_about(tmp_path: Path) -> None:
    both = "[oauth]\njwt-key = x\nintrospection-url = https://x.example/\n"
    assert mistakes(tmp_path, both) == ['3: give "jwt-key" or "introspection-url", not both']


# [mail]


def test_every_key_of_mail_arrives(tmp_path: Path) -> None:
    (tmp_path / "ca.pem").write_text("x")
    text = (
        "[chatdaemon]\nserver-name = irc.example.net\nnetwork-name = ExampleNet\n"
        f"{MAIL}port = 465\nsecurity = tls\nca-file = ca.pem\nusername = u\npassword = p\ntimeout = 5s\n"
        "subject = Hello\ntext =\n  one\n  two {code}\n"
    )
    assert mail_settings(config(tmp_path, text)) == MailSettings(
        "mail.example.net", 465, "tls", "chat@example.net", "u", "p", tmp_path / "ca.pem", 5.0, "Hello",
        ("one", "two {code}"), "ExampleNet", "irc.example.net",
    )  # fmt: skip


def test_there_is_a_text_of_our_own(tmp_path: Path) -> None:
    found = mail_settings(config(tmp_path, MAIL))
    assert found is not None
    assert (found.text, found.port, found.security, found.ca_file) == (TEXT, 587, "starttls", None)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("[accounts]\nemail-verification = yes", '2: "email-verification" needs a "relay" in [mail]'),
        ("[mail]\nrelay = mail.example.net", '2: [mail] needs a "sender"'),
        ("[mail]\nsender = x", '2: sender: "x" is not an e-mail address'),
        (f"{MAIL}username = x\nsecurity = none", "4: a password is not sent in the clear"),
        (f"{MAIL}ca-file = chatdaemon.ini, chatdaemon.ini", "4: ca-file: it is one file"),
    ],
)
def test_what_does_not_go_together_is_said(tmp_path: Path, text: str, says: str) -> None:
    assert mistakes(tmp_path, text) == [says]


def test_all_of_it_changes_while_the_server_runs(tmp_path: Path) -> None:

    text = f"{CLOSED}passwords = no\n{MAIL}[oauth]\nissuer = x\n[checker x]\ntype = script\n"
    before, after = config(tmp_path, ""), config(tmp_path, text)
    assert changes_needing_restart(before, after) == []
