"""People come with the password that they had on the server before; it is hashed our way from then on."""

from __future__ import annotations

import json
from base64 import b64decode, b64encode
from pathlib import Path

import pytest
from scramp import ScramClient

from chatdaemon.accounts.settings import AuthenticationSettings
from chatdaemon.importing.taking import READERS, take
from chatdaemon.realm.settings import Settings
from chatdaemon.storage.sqlite import FILE_NAME, SQLite
from tests.importing.files import ANOPE_20, ERGO_NEW, ERGO_OLD, anope
from tests.importing.files import database as written
from tests.protocols.irc.conftest import MakeWorld, late, make_world
from tests.world import AUTHENTICATION, Client, World

__all__ = ["late", "make_world"]

FILES = {
    "ergo": written(ERGO_NEW),
    "ergo of before": written(ERGO_OLD),
    "anope": anope(*ANOPE_20),
}
SUCCESS = ":irc.test 903 x :SASL authentication successful"


@pytest.fixture(params=list(FILES))
def directory(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """A data directory in which the file was imported."""
    path = tmp_path / "file"
    path.write_bytes(FILES[request.param])
    take(READERS[request.param.split()[0]](path), "", tmp_path, Settings())
    return tmp_path


def begun(directory: Path, make_world: MakeWorld, settings: AuthenticationSettings = AUTHENTICATION) -> World:
    engine = SQLite(directory / FILE_NAME)
    engine.open()
    return make_world(database=engine, authentication=settings)


def ended(world: World) -> None:
    world.settle()
    assert world.store is not None
    world.store.close(1.0)
    world.settle()


def stored_password(directory: Path, name: str) -> str | None:
    engine = SQLite(directory / FILE_NAME)
    engine.open()
    try:
        (password,) = (each.credentials.password for each in engine.load().accounts if each.name == name)
        return password
    finally:
        engine.close()


def connecting(world: World, *lines: str) -> Client:
    client = world.connect_irc(secure=True)
    client.send(*lines)
    return client


def sasl(client: Client, account: str, password: str) -> list[str]:
    client.send("CAP LS 302", "CAP REQ :sasl", "NICK x", "USER x 0 * :X")
    client.read()
    client.send("AUTHENTICATE PLAIN")
    client.read()
    answer = b64encode(f"\0{account}\0{password}".encode()).decode()
    return client.ask(f"AUTHENTICATE {answer}")


def test_pass_takes_the_old_password_and_renews_it(directory: Path, make_world: MakeWorld) -> None:
    world = begun(directory, make_world)
    assert (stored_password(directory, "Alice") or "").startswith(("ergo:$2a$", "bcrypt:$2a$"))
    alice = connecting(world, "PASS alice:sesame", "NICK alice", "USER a 0 * :A")
    assert any(" 900 " in line for line in alice.read())
    ended(world)
    assert stored_password(directory, "Alice") == "hash of sesame"


def test_after_a_restart_the_renewed_one_is_taken(directory: Path, make_world: MakeWorld) -> None:
    world = begun(directory, make_world)
    assert sasl(world.connect_irc(secure=True), "bob", "open")[-1] == SUCCESS
    ended(world)
    assert stored_password(directory, "bob") == "hash of open"
    world = begun(directory, make_world)
    assert sasl(world.connect_irc(secure=True), "bob", "open")[-1] == SUCCESS
    ended(world)


def test_another_password_is_refused_and_changes_nothing(directory: Path, make_world: MakeWorld) -> None:
    before = stored_password(directory, "Alice")
    world = begun(directory, make_world)
    assert " 904 " in sasl(world.connect_irc(secure=True), "Alice", "Sesame")[-1]
    ended(world)
    assert stored_password(directory, "Alice") == before


def test_the_channel_knows_its_founder_and_who_has_access(directory: Path, make_world: MakeWorld) -> None:
    world = begun(directory, make_world)
    alice = connecting(world, "PASS alice:sesame", "NICK Alice", "USER a 0 * :A")
    alice.read()
    alice.send("JOIN #hall")
    lines = alice.read()
    # Who comes first is the founder, past the key.
    assert any(line.endswith("353 Alice @ #Hall :~Alice") or ":~Alice" in line for line in lines)
    assert any(" 332 Alice #Hall :hello there" in line for line in lines)
    bob = connecting(world, "PASS bob:open", "NICK bob", "USER b 0 * :B")
    bob.read()
    bob.send("JOIN #hall")
    assert any("%bob" in line for line in bob.read())
    assert any("hunter2" in line for line in alice.ask("MODE #hall"))
    ended(world)


def test_ergo_s_keys_serve_scram_at_once(tmp_path: Path, make_world: MakeWorld) -> None:
    path = tmp_path / "ircd.db"
    path.write_bytes(written(ERGO_NEW))
    take(READERS["ergo"](path), "", tmp_path, Settings())
    world = begun(tmp_path, make_world, AuthenticationSettings(mechanisms=("SCRAM-SHA-256",)))
    client = world.connect_irc(secure=True)
    client.send("CAP LS 302", "CAP REQ :sasl", "NICK x", "USER x 0 * :X")
    client.read()
    client.send("AUTHENTICATE SCRAM-SHA-256")
    client.read()
    scram = ScramClient(["SCRAM-SHA-256"], "alice", "sesame")

    def say(text: str) -> str:
        return client.ask(f"AUTHENTICATE {b64encode(text.encode()).decode()}")[-1]

    def decoded(line: str) -> str:
        return b64decode(line.removeprefix("AUTHENTICATE ")).decode()

    scram.set_server_first(decoded(say(scram.get_client_first())))
    scram.set_server_final(decoded(say(scram.get_client_final())))
    assert client.ask("AUTHENTICATE +")[-1] == SUCCESS
    ended(world)


def test_what_ergo_took_over_from_anope_fits_as_well(tmp_path: Path, make_world: MakeWorld) -> None:
    record = {
        "version": 1,
        "source": "anope",
        "users": {"carl": {"name": "carl", "hash": "sha1:2fd4e1c67a2d28fced849ee1bb76e7391b93eb12"}},
        "channels": {},
    }
    path = tmp_path / "anope.json"
    path.write_text(json.dumps(record))
    take(READERS["ergo"](path), "", tmp_path, Settings())
    world = begun(tmp_path, make_world)
    fox = "The quick brown fox jumps over the lazy dog"
    assert sasl(world.connect_irc(secure=True), "carl", fox)[-1] == SUCCESS
    ended(world)
    assert stored_password(tmp_path, "carl") == f"hash of {fox}"
