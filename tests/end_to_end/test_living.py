"""Starting, talking, reloading and stopping a real daemon."""

from __future__ import annotations

import signal
import socket
from pathlib import Path

import pytest

from chatdaemon.passwords import hash_password
from chatdaemon.transports.certificates import ensure_self_signed
from tests.end_to_end.daemon import Client, Daemon, run_twistd

PLAIN = "[listener irc]\nendpoint = tcp:0:interface=127.0.0.1\n"
# The same port 0 in other words, since no two listeners may have the same endpoint.
TLS = "[listener ircs]\nendpoint = tcp:port=0:interface=127.0.0.1\ntls = yes\n"
JSON = "[listener json]\nprotocol = json\nendpoint = tcp:0:127.0.0.1\n"


def test_two_people_talk_one_of_them_over_tls(tmp_path: Path) -> None:
    with Daemon(tmp_path, PLAIN + TLS) as daemon:
        alice = Client.registered(daemon.port("irc"), "alice", "#hall")
        bob = Client.registered(daemon.port("ircs"), "bob", "#hall", tls=True)
        assert alice.expect("JOIN") == ":bob!bob@127.0.0.1 JOIN #hall"
        alice.send("PRIVMSG #hall :hello, bob")
        assert bob.expect("PRIVMSG") == ":alice!alice@127.0.0.1 PRIVMSG #hall :hello, bob"
        bob.send("PRIVMSG alice :hello yourself")
        assert alice.expect("PRIVMSG") == ":bob!bob@127.0.0.1 PRIVMSG alice :hello yourself"
    assert daemon.complaints() == []


def test_someone_with_irc_meets_a_program_that_speaks_json(tmp_path: Path) -> None:
    with Daemon(tmp_path, PLAIN + JSON) as daemon:
        alice = Client.registered(daemon.port("irc"), "alice", "#hall")
        program = Client(daemon.port("json"))
        program.send('{"id":1,"op":"hello","v":1,"nick":"robot"}', '{"id":2,"op":"join","channel":"#hall"}')
        program.expect('"id":2')
        alice.expect(":robot!")
        alice.send("PRIVMSG #hall :beep")
        assert '"text":"beep"' in program.expect('"event":"message"')
    assert daemon.complaints() == []


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_at_the_end_everybody_is_told_and_the_status_is_0(tmp_path: Path, number: int) -> None:
    with Daemon(tmp_path, PLAIN + TLS + JSON) as daemon:
        alice = Client.registered(daemon.port("irc"), "alice", "#hall")
        bob = Client.registered(daemon.port("ircs"), "bob", "#hall", tls=True)
        stranger = Client(daemon.port("irc"))
        program = Client(daemon.port("json"))
        program.send('{"id":1,"op":"hello","v":1,"nick":"robot"}')
        program.expect('"id":1')
        assert daemon.stop(number) == 0
        daemon.expect_state("STOPPING=1")
        assert alice.rest()[-1] == "ERROR :Closing Link: 127.0.0.1 (Server shutting down)"
        last = bob.rest()
        assert ":alice!alice@127.0.0.1 QUIT :Server shutting down" in last
        assert last[-1] == "ERROR :Closing Link: 127.0.0.1 (Server shutting down)"
        assert stranger.rest()[-1].startswith("ERROR :")
        assert '"event":"bye"' in program.rest()[-1]
    assert daemon.complaints() == []


def test_nothing_is_left_of_a_unix_socket_even_when_nobody_was_there(tmp_path: Path) -> None:
    with Daemon(tmp_path, "[listener local]\nendpoint = unix:chat.sock\n") as daemon:
        assert (tmp_path / "chat.sock").is_socket()
        assert daemon.stop() == 0
    assert sorted(path.name for path in tmp_path.iterdir()) == ["chatdaemon.ini", "log", "var"]


def test_what_was_sent_before_the_end_is_still_delivered(tmp_path: Path) -> None:
    with Daemon(tmp_path, PLAIN + "[limits]\nflood-rate = off\n") as daemon:
        alice = Client.registered(daemon.port("irc"), "alice", "#hall")
        bob = Client.registered(daemon.port("irc"), "bob", "#hall")
        alice.send(*(f"PRIVMSG #hall :line {number}" for number in range(1000)))
        alice.settled()
        assert daemon.stop() == 0
        texts = [line.partition(" :")[2] for line in bob.rest() if " PRIVMSG " in line]
        assert texts == [f"line {number}" for number in range(1000)]


def test_the_end_does_not_wait_for_who_does_not_read(tmp_path: Path) -> None:
    config = "shutdown-timeout = 1\n" + PLAIN + "[limits]\nflood-rate = off\nsend-queue = 16M\n"
    with Daemon(tmp_path, config) as daemon:
        alice = Client.registered(daemon.port("irc"), "alice", "#hall")
        slow = Client(daemon.port("irc"), receive_buffer=4096)
        slow.send("NICK slow", "USER s 0 * :s", "JOIN #hall")
        alice.expect(":slow!")
        for _ in range(20):
            alice.send(*[f"PRIVMSG #hall :{'x' * 400}"] * 1000)
        alice.settled()
        assert daemon.stop() == 0
        assert alice.rest()[-1].startswith("ERROR :")
    assert daemon.complaints() == []


def test_a_reload_adds_and_removes_listeners_and_drops_nobody(tmp_path: Path) -> None:
    with Daemon(tmp_path, PLAIN) as daemon:
        old = daemon.port("irc")
        alice = Client.registered(old, "alice", "#hall")
        daemon.reload(TLS)
        bob = Client.registered(daemon.port("ircs"), "bob", "#hall", tls=True)
        alice.expect(":bob!")
        bob.send("PRIVMSG #hall :still there?")
        alice.expect("still there?")
        with pytest.raises(ConnectionRefusedError):
            Client(old)
    assert daemon.complaints() == []


def test_a_reload_changes_a_certificate_on_the_same_port(tmp_path: Path) -> None:
    files = ensure_self_signed(tmp_path / "one", ["irc.test"])[0], tmp_path / "current.pem"
    files[1].write_bytes(files[0].read_bytes())
    config = TLS + "certificate = current.pem\n[motd]\ntext = welcome\n"
    with Daemon(tmp_path, config) as daemon:
        port = daemon.port("ircs")
        alice = Client.registered(port, "alice", "#hall", tls=True)
        files[1].write_bytes(ensure_self_signed(tmp_path / "two", ["irc.test"])[0].read_bytes())
        # The file is the same to the letter, and only the certificate that it names is not.
        daemon.reload(config)
        bob = Client.registered(port, "bob", "#hall", tls=True)
        assert bob.certificate != alice.certificate
        bob.send("PRIVMSG #hall :hello")
        alice.expect("hello")
    assert daemon.complaints() == []


def test_a_reload_changes_what_is_said_and_allowed(tmp_path: Path) -> None:
    with Daemon(tmp_path, PLAIN) as daemon:
        port = daemon.port("irc")
        alice = Client.registered(port, "alice")
        more = "[limits]\nnick-length = 5\n[motd]\ntext = new words\n"
        daemon.reload("network-name = Other\n" + PLAIN + more)
        alice.send("MOTD")
        assert "new words" in alice.expect(" 372 ")
        alice.send("NICK abcdefg")
        alice.expect(" 432 ")
        bob = Client(port)
        bob.send("NICK bob", "USER bob 0 * :bob")
        bob.expect(" NICKLEN=5 ")
        assert any(" NETWORK=Other " in line for line in bob.seen)


def test_a_bad_file_changes_nothing_and_the_log_says_what_is_wrong(tmp_path: Path) -> None:
    with Daemon(tmp_path, PLAIN) as daemon:
        port = daemon.port("irc")
        alice = Client.registered(port, "alice", "#hall")
        said = daemon.reload(PLAIN + "[limits]\nnick-lenght = 5\n[motd]\ntext = new words\n")
        assert any("nick-lenght" in line for line in said)
        assert 'did you mean "nick-length"?' in daemon.log.read_text()
        said = daemon.reload(PLAIN + TLS + "certificate = chatdaemon.ini\n")
        assert any("no certificate" in line for line in said)
        bob = Client.registered(port, "bob", "#hall")
        assert any(" 422 " in line for line in bob.seen)
        alice.expect(":bob!")


def test_a_reload_that_cannot_open_a_port_changes_nothing(tmp_path: Path) -> None:
    with Daemon(tmp_path, PLAIN) as daemon, socket.create_server(("127.0.0.1", 0)) as other:
        taken: int = other.getsockname()[1]
        port = daemon.port("irc")
        said = daemon.reload(TLS + f"[listener more]\nendpoint = tcp:{taken}:interface=127.0.0.1\n")
        assert any("Address already in use" in line for line in said)
        Client.registered(port, "alice")


def test_keys_that_need_a_restart_keep_their_values(tmp_path: Path) -> None:
    with Daemon(tmp_path, PLAIN) as daemon:
        daemon.reload("casemapping = rfc1459\n" + PLAIN)
        alice = Client(daemon.port("irc"))
        alice.send("NICK alice", "USER a 0 * :a")
        alice.expect(" CASEMAPPING=ascii ")
        assert "casemapping has changed, which needs a restart" in daemon.log.read_text()


def test_an_operator_reloads_and_stops_it(tmp_path: Path) -> None:
    operator = f"[operator root]\npassword-hash = {hash_password('secret')}\nprivileges = all\n"
    with Daemon(tmp_path, PLAIN + operator + "vhost = staff.test\n") as daemon:
        alice = Client.registered(daemon.port("irc"), "alice", "#hall")
        bob = Client.registered(daemon.port("irc"), "bob", "#hall")
        alice.send("OPER root secret")
        alice.expect(" 381 ")
        alice.send("WHOIS alice")
        alice.expect("staff.test")
        daemon.configure(PLAIN + operator + "[motd]\ntext = new words\n")
        alice.send("REHASH")
        alice.expect(" 382 ")
        alice.send("MOTD")
        alice.expect("new words")
        alice.send("DIE")
        assert bob.rest()[-1].startswith("ERROR :")
        assert daemon.process.wait(30) == 0
    assert "secret" not in daemon.log.read_text()
    assert daemon.complaints() == []


def test_a_socket_that_systemd_has_opened_is_served_and_taken_up_again(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as given:
        given.set_inheritable(True)
        port: int = given.getsockname()[1]
        activate = f'exec 3<&{given.fileno()}; LISTEN_PID=$$ LISTEN_FDS=1 LISTEN_FDNAMES=irc exec "$@"'
        config = "[listener irc]\nendpoint = systemd:domain=INET:name=irc\n"
        with Daemon(tmp_path, config, command=["bash", "-c", activate, "bash"]) as daemon:
            alice = Client.registered(port, "alice", "#hall")
            daemon.reload(PLAIN)
            daemon.reload(config)
            Client.registered(port, "bob", "#hall")
            alice.expect(":bob!")
            assert daemon.stop() == 0
        assert daemon.complaints() == []


def test_a_message_id_is_never_used_twice(tmp_path: Path) -> None:
    seen = []
    for _ in range(2):
        with Daemon(tmp_path, PLAIN) as daemon:
            alice = Client(daemon.port("irc"))
            alice.send("CAP REQ :message-tags echo-message", "NICK alice", "USER a 0 * :a", "CAP END")
            alice.expect(" 001 ")
            alice.send("PRIVMSG alice :one")
            assert " CAP " in alice.seen[0]
            seen.append(alice.expect(" PRIVMSG alice").partition(" ")[0])
    assert len(set(seen)) == 2


def test_a_port_in_use_is_said_in_one_line(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        taken: int = other.getsockname()[1]
        (tmp_path / "f.ini").write_text(f"[listener irc]\nendpoint = tcp:{taken}:interface=127.0.0.1\n")
        status, output = run_twistd("--config", "f.ini", cwd=tmp_path)
    assert status == 1
    assert (
        f"[listener irc] tcp:{taken}:interface=127.0.0.1 cannot be opened: Address already in use" in output
    )
    assert "Traceback" not in output


def test_a_data_directory_that_cannot_be_made_is_said_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    (tmp_path / "f.ini").write_text("[chatdaemon]\ndata-directory = file/var\n")
    status, output = run_twistd("--config", "f.ini", cwd=tmp_path)
    assert status == 1
    assert f"the data directory {tmp_path}/file/var cannot be made" in output
    assert "Traceback" not in output


def test_check_says_every_mistake_and_changes_nothing(tmp_path: Path) -> None:
    (tmp_path / "f.ini").write_text("[chatdaemon]\nserver-nmae = x\n[limits]\nnick-length = many\n")
    status, output = run_twistd("--check", "--config", "f.ini", cwd=tmp_path)
    assert status == 1
    assert "f.ini:2:" in output
    assert "f.ini:4:" in output
    assert "Traceback" not in output
    assert sorted(path.name for path in tmp_path.iterdir()) == ["f.ini"]


def test_check_is_silent_about_a_good_file(tmp_path: Path) -> None:
    (tmp_path / "f.ini").write_text(TLS)
    assert run_twistd("--check", "--config", "f.ini", cwd=tmp_path) == (0, "")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["f.ini"]
