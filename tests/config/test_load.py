"""The whole file: defaults, sections, secrets, what keys say of one another, and what a reload may change."""

from __future__ import annotations

import os
import tempfile
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatdaemon.config import (
    DEFAULT_LISTENERS,
    PRIVILEGES,
    ConfigError,
    Configuration,
    Limits,
    Listener,
    Mistake,
    Motd,
    Operator,
    changes_needing_restart,
    format_mistakes,
    load,
    without_restart,
)
from chatdaemon.config.model import Server
from chatdaemon.config.read import keys_of
from chatdaemon.realm.modes import Privilege
from tests.config.files import FINGERPRINT, HASH, config, mistakes, warnings


class TestDefaults:
    def test_without_a_file_they_are_those_of_an_empty_one(self, tmp_path: Path) -> None:
        assert load(None, environ={}, hostname=lambda: "localhost") == config(tmp_path, "")

    def test_they_are_those_of_the_dataclasses(self) -> None:
        found = load(None, environ={}, hostname=lambda: "localhost")
        server = replace(Server(), data_directory=Path("var").absolute())
        assert found == Configuration(server=server)
        assert found.listeners == DEFAULT_LISTENERS
        assert not found.warnings

    def test_each_can_be_written_and_is_in_range(self, tmp_path: Path) -> None:
        lines = [f"{spec.name} = {spec.key.kind.write(spec.default)}" for spec in keys_of(Limits)]
        assert config(tmp_path, "\n".join(["[limits]", *lines])).limits == Limits()

    def test_every_limit_can_be_switched_off(self, tmp_path: Path) -> None:
        names = [spec.name for spec in keys_of(Limits)]
        limits = config(tmp_path, "\n".join(["[limits]", *(f"{name} = off" for name in names)])).limits
        assert [getattr(limits, spec.field) for spec in keys_of(Limits)] == [None] * len(names)

    @pytest.mark.parametrize(
        ("hostname", "name"),
        [("irc.example.net", "irc.example.net"), ("box", "chatdaemon.local"), ("a_b.c", "chatdaemon.local")],
    )
    def test_the_server_is_called_like_its_machine_if_that_has_a_dot(self, hostname: str, name: str) -> None:
        assert load(None, environ={}, hostname=lambda: hostname).server.server_name == name

    def test_the_data_directory_is_the_one_that_systemd_gives(self) -> None:
        environ = {"STATE_DIRECTORY": "/var/lib/chat:/var/lib/other"}
        assert load(None, environ=environ).server.data_directory == Path("/var/lib/chat")

    def test_a_data_directory_in_the_file_goes_before_and_is_relative_to_the_file(
        self, tmp_path: Path
    ) -> None:
        text = "[chatdaemon]\ndata-directory = data"
        found = config(tmp_path, text, {"STATE_DIRECTORY": "/var/lib/chat"})
        assert found.server.data_directory == tmp_path / "data"

    def test_paths_do_not_depend_on_the_working_directory_later(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        (tmp_path / "x.ini").write_text("[chatdaemon]\ndata-directory = data")
        monkeypatch.chdir(tmp_path)
        assert load(Path("x.ini"), environ={}).server.data_directory == tmp_path / "data"


def test_a_full_file_becomes_its_values(tmp_path: Path) -> None:
    for name in ("a.pem", "b.pem", "a.key", "b.key"):
        (tmp_path / name).touch(0o600)
    text = f"""
[chatdaemon]
server-name = irc.example.net
network-name = Example
default-channel-modes = +nts
shutdown-timeout = 1m

[listener ircs]
endpoint = tcp:6697
tls = yes
certificate = a.pem, b.pem
key =
  a.key
  b.key
client-certificates = yes

[listener json]
protocol = json
endpoint = tcp:7000:interface=127.0.0.1

[limits]
nick-length = 20
send-queue = 2M
flood-rate = off

[operator bob]
password-hash = {HASH}
certificate-fingerprint = {FINGERPRINT}
hosts = *@192.0.2.*
privileges = kill, wallops

[motd]
text = Welcome!
  Be nice.
"""
    found = config(tmp_path, text)
    assert found.server == Server(
        server_name="irc.example.net",
        network_name="Example",
        default_channel_modes="nts",
        shutdown_timeout=60.0,
        data_directory=Path("var").absolute(),
    )
    assert found.listeners == (
        Listener(
            name="ircs",
            endpoint="tcp:6697",
            tls=True,
            certificate=(tmp_path / "a.pem", tmp_path / "b.pem"),
            key=(tmp_path / "a.key", tmp_path / "b.key"),
            client_certificates=True,
        ),
        Listener(name="json", protocol="json", endpoint="tcp:7000:interface=127.0.0.1"),
    )
    assert found.limits == Limits(nick_length=20, send_queue=2 << 20, flood_rate=None)
    assert found.operators == (
        Operator(
            name="bob",
            password_hash=HASH,
            certificate_fingerprint=(FINGERPRINT,),
            hosts=("*@192.0.2.*",),
            privileges=frozenset({"kill", "wallops"}),
        ),
    )
    assert found.motd == Motd(text=("Welcome!", "Be nice."))
    assert found.path == tmp_path / "chatdaemon.ini"
    assert not found.warnings


def test_certificates_go_with_their_keys_or_hold_them() -> None:
    a, b = Path("a"), Path("b")
    listener = Listener(name="x", endpoint="tcp:1", tls=True, certificate=(a,), key=(b,))
    assert listener.pairs == ((a, b),)
    assert replace(listener, key=()).pairs == ((a, a),)
    assert replace(listener, certificate=(), key=()).pairs == ()


def test_privileges_are_those_of_the_realm() -> None:
    assert tuple(Privilege) == PRIVILEGES


class TestMistakes:
    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("[limit]", ['1: unknown section [limit]; did you mean "limits"?']),
            ("[listner ircs]", ['1: unknown section [listner ircs]; did you mean "listener ircs"?']),
            ("[operators]", ['1: unknown section [operators]; did you mean "operator NAME"?']),
            ("[motd today]", ['1: unknown section [motd today]; did you mean "motd"?']),
            ("[zzz]", ["1: unknown section [zzz]"]),
            ("[listener]", ["1: [listener] needs a name: [listener NAME]"]),
            (
                "[listener a b]\nendpoint = tcp:x",
                [
                    '1: the name of [listener a b] cannot hold a space: "a b"',
                    '2: endpoint: the port "x" is not a number from 0 to 65535',
                ],
            ),
            (
                "[limits]\nnick-lenght = 9",
                ['2: unknown key "nick-lenght" in [limits]; did you mean "nick-length"?'],
            ),
            (
                "[limits]\nnick_length = 9",
                ['2: unknown key "nick_length" in [limits]; did you mean "nick-length"?'],
            ),
            ("[motd]\nnick_length = 9", ['2: unknown key "nick_length" in [motd]; it belongs in [limits]']),
            (
                "[limits]\nprivileges =",
                ['2: unknown key "privileges" in [limits]; it belongs in [operator NAME]'],
            ),
            ("[limits]\nqqq = 1", ['2: unknown key "qqq" in [limits]']),
            ("[limits]\nnick-length = 99", ['2: nick-length: 99 is out of range: from 1 to 64 (or "off")']),
            ("[listener x]", ['1: [listener x] needs "endpoint"']),
            (
                "[listener x]\nendpont = x",
                ['2: unknown key "endpont" in [listener x]; did you mean "endpoint"?'],
            ),
            (
                "[listener x]\nendpoint = tpc:1",
                ['2: endpoint: "tpc" is not an endpoint; did you mean "tcp"?'],
            ),
            (
                "[listener x]\nendpoint = tcp:1\n[listener y]\nendpoint = tcp:1",
                ["4: [listener x] has this endpoint too"],
            ),
            (
                "[listener x]\nendpoint = tcp:1\ncertificate = none.pem",
                ["3: certificate: none.pem: No such file or directory"],
            ),
            (
                "[listener x]\nendpoint = tcp:1\ncertificate = a.pem\nkey = a.pem\nclient-certificates = yes",
                [
                    '3: "certificate" needs tls = yes',
                    '4: "key" needs tls = yes',
                    '5: "client-certificates" needs tls = yes',
                ],
            ),
            (
                "[listener x]\nendpoint = tcp:1\ntls = yes\ncertificate = a.pem, a.pem\nkey = a.pem",
                ["5: every certificate needs its key: certificates 2, keys 1"],
            ),
            (
                "[listener x]\nendpoint = tcp:1\ntls = yes\nkey = a.pem",
                ["4: every certificate needs its key: certificates 0, keys 1"],
            ),
            (
                "[operator bob]\nprivileges = all",
                [
                    '1: [operator bob] needs "password-hash", "password-hash-file" or "certificate-fingerprint"'
                ],
            ),
            (f"[operator bob]\npassword-hash = {HASH}", ['1: [operator bob] needs "privileges"']),
            (
                f"[operator bob]\nprivileges = all\npassword-hash-file = a.pem\npassword-hash = {HASH}",
                ['3: give "password-hash" or "password-hash-file", not both'],
            ),
            (
                "[operator bob]\nprivileges = all\npassword = secret",
                ['3: unknown key "password" in [operator bob]; did you mean "password-hash"?'],
            ),
            ("[motd]\nfile = none", ["2: file: none: No such file or directory"]),
            ("[motd]\nfile = big", ["2: file: big is larger than 1048576 bytes"]),
            ("[motd]\nfile = latin1", ["2: file: latin1 is not UTF-8"]),
            ("[motd]\nfile =", ["2: file: the name of a file is missing"]),
            (
                "[chatdaemon]\npassword-hash-file = a.pem",
                [
                    "2: password-hash-file: the value is not an argon2id hash; `chatdaemon hash-password` makes one"
                ],
            ),
        ],
    )
    def test_each_is_reported_at_its_line(self, tmp_path: Path, text: str, expected: list[str]) -> None:
        (tmp_path / "a.pem").touch(0o600)
        (tmp_path / "big").write_text("x" * (1 << 20) + "x")
        (tmp_path / "latin1").write_bytes(b"\xe4")
        assert mistakes(tmp_path, text) == expected

    def test_all_are_reported_at_once(self, tmp_path: Path) -> None:
        text = "x\n[limit]\n[limits]\ntargets = x\nkick-length = y\n[operator o]\nhosts = z\n[listener l]\ntls = ?\n"
        assert [each.split(":")[0] for each in mistakes(tmp_path, text)] == [
            "1",
            "2",
            "4",
            "5",
            "6",
            "7",
            "8",
            "9",
        ]

    def test_no_suggestion_is_given_for_a_password(self, tmp_path: Path) -> None:
        text = "[operator bob]\nprivileges = all\npassword-hash = secret"
        assert "secret" not in "\n".join(mistakes(tmp_path, text))

    def test_a_file_that_is_not_there_is_one(self, tmp_path: Path) -> None:
        with pytest.raises(ConfigError) as caught:
            load(tmp_path / "none.ini", environ={})
        assert str(caught.value) == f"{tmp_path}/none.ini: cannot be read: No such file or directory"

    def test_they_are_formatted_one_a_line_with_file_and_line(self) -> None:
        found = [Mistake(Path("a.ini"), 3, "x"), Mistake(Path("a.ini"), None, "y"), Mistake(None, None, "z")]
        assert format_mistakes(found) == "a.ini:3: x\na.ini: y\nz"
        assert ConfigError(found).mistakes == tuple(found)


names = st.sampled_from(
    [spec.name for model in (Server, Listener, Limits, Operator, Motd) for spec in keys_of(model)]
    + ["password-hash-file", "file", "x"]
)
values = st.text(st.characters(exclude_categories=["Cs"]), max_size=20) | st.sampled_from(
    ["30", "30s", "off", "yes", "tcp:1", "credential:x", "/etc/passwd", "/", "*", "a/**/[", "kill, all", HASH]
)
texts = st.lists(
    st.sampled_from(["[chatdaemon]", "[limits]", "[motd]", "[listener a]", "[operator b]", "[x]"])
    | st.tuples(names, values).map(" = ".join),
    max_size=15,
).map("\n".join)


@given((texts | st.text()).map(str.encode) | st.binary())
def test_whatever_a_file_holds_it_is_a_configuration_or_a_config_error(data: bytes) -> None:
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory) / "x.ini"
        path.write_bytes(data)
        try:
            first = load(path, environ={}, hostname=lambda: "localhost")
        except ConfigError:
            return
        assert first == load(path, environ={}, hostname=lambda: "localhost")


class TestSecrets:
    def test_they_are_read_from_files_and_credentials(self, tmp_path: Path) -> None:
        (tmp_path / "creds").mkdir()
        for path in (tmp_path / "hash", tmp_path / "creds/oper"):
            path.touch(0o600)
            path.write_text(f"{HASH}\n")
        text = (
            "[chatdaemon]\npassword-hash-file = hash\n"
            "[operator bob]\nprivileges = all\npassword-hash-file = credential:oper\n"
        )
        found = config(tmp_path, text, {"CREDENTIALS_DIRECTORY": str(tmp_path / "creds")})
        assert found.server.password_hash == HASH
        assert found.operators[0].password_hash == HASH
        assert not found.warnings

    def test_a_credential_that_systemd_does_not_give_is_a_mistake(self, tmp_path: Path) -> None:
        text = "[chatdaemon]\npassword-hash-file = credential:x"
        (found,) = mistakes(tmp_path, text)
        assert found.startswith('2: password-hash-file: "credential:x" needs $CREDENTIALS_DIRECTORY')

    @pytest.mark.parametrize(
        "text",
        [
            "[chatdaemon]\n\n\n\npassword-hash-file = secret",
            "[listener x]\nendpoint = tcp:1\ntls = yes\ncertificate = open\nkey = secret",
            "[listener x]\nendpoint = tcp:1\ntls = yes\n\ncertificate = secret",
        ],
    )
    def test_one_that_everybody_can_read_gets_a_warning(self, tmp_path: Path, text: str) -> None:
        (tmp_path / "secret").write_text(HASH)
        (tmp_path / "open").write_text("")
        os.chmod(tmp_path / "open", 0o644)
        os.chmod(tmp_path / "secret", 0o644)
        expected = "5: everybody on this machine can read secret; chmod o-r would keep it secret"
        assert warnings(tmp_path, text) == [expected]
        os.chmod(tmp_path / "secret", 0o640)
        assert warnings(tmp_path, text) == []


class TestMotd:
    def test_it_can_be_a_file_whose_shape_is_kept(self, tmp_path: Path) -> None:
        (tmp_path / "motd.txt").write_bytes(b"\xef\xbb\xbf\n  /\\_/\\\r\n ( o.o )\n\n# not a comment\n\n")
        found = config(tmp_path, "[motd]\nfile = motd.txt").motd
        assert found.text == ("  /\\_/\\", " ( o.o )", "", "# not a comment")

    def test_an_empty_one_is_none(self, tmp_path: Path) -> None:
        assert config(tmp_path, "[motd]\ntext =\n").motd == Motd()


class TestWarnings:
    def test_plain_text_that_others_can_reach_gets_one(self, tmp_path: Path) -> None:
        text = "[listener x]\nendpoint = tcp:6667\n"
        assert warnings(tmp_path, text) == [
            "2: passwords and messages can be read on the way here; tls = yes hides them"
        ]
        assert warnings(tmp_path, text + "tls = yes") == []

    def test_a_fingerprint_that_no_listener_asks_for_gets_one(self, tmp_path: Path) -> None:
        operator = f"[operator bob]\nprivileges = all\ncertificate-fingerprint = {FINGERPRINT}\n"
        listener = "[listener x]\nendpoint = tcp:1\ntls = yes\nclient-certificates = yes\n"
        expected = '3: bob cannot show a certificate: no listener has "client-certificates"'
        assert warnings(tmp_path, operator) == [expected]
        assert warnings(tmp_path, operator + listener) == []


class TestReload:
    OLD = Configuration(server=Server(server_name="a.example", casemapping="ascii", network_name="Old"))
    NEW = Configuration(
        server=Server(
            server_name="b.example", casemapping="rfc1459", data_directory=Path("/new"), network_name="New"
        ),
        limits=Limits(targets=9),
    )

    def test_what_needs_a_restart_is_named(self) -> None:
        expected = ["server-name", "data-directory", "casemapping"]
        assert changes_needing_restart(self.OLD, self.NEW) == expected
        assert changes_needing_restart(self.OLD, self.OLD) == []

    def test_what_needs_a_restart_stays_and_the_rest_changes(self) -> None:
        found = without_restart(self.OLD, self.NEW)
        assert found == replace(self.NEW, server=replace(self.OLD.server, network_name="New"))
        assert changes_needing_restart(self.OLD, found) == []

    def test_warnings_and_the_path_make_no_difference(self) -> None:
        other = replace(self.OLD, path=Path("x"), warnings=(Mistake(None, None, "x"),))
        assert other == self.OLD
