"""`chatdaemon erase`: what somebody has written, and who they were, as they may ask for by law."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import msgspec

from chatdaemon.log import EPOCH_SHIFT
from chatdaemon.realm.entry import Entry
from chatdaemon.realm.modes import ChannelRank
from chatdaemon.realm.realm import Realm
from chatdaemon.realm.records import load
from chatdaemon.realm.requests import DropAccount
from chatdaemon.realm.settings import Settings
from chatdaemon.storage.engine import Engine, Written
from chatdaemon.storage.export import marks, of_people
from chatdaemon.storage.failure import CannotOpen, StorageFailed
from chatdaemon.storage.holds import Fold, Held, accounts_called, holds, reached, reading, windows
from chatdaemon.storage.lock import leave_to_owner
from chatdaemon.storage.opening import Opened
from chatdaemon.storage.projection import changes_of
from chatdaemon.storage.sqlite import FILE_NAME

# Rows of one transaction: a daemon that runs waits no longer for it than for its own.
STEP: Final = 200

_RANKS: Final = frozenset(rank.value for rank in ChannelRank)


@dataclass(frozen=True, slots=True)
class Erased:
    """`rows` have gone, or would; `held` stay since something else is held that they are part of. `account`:
    whether the account itself has gone; if it is there and has not, `why`."""

    names: tuple[str, ...]
    rows: int
    held: int
    account: bool
    why: str = ""


def erase(url: str, directory: Path, name: str, settings: Settings, *, dry_run: bool = False) -> Erased:
    """Erase everything that a person wrote, their private conversations, and what names them in what
    happened: that they came and went, were kicked, or were given a rank. Where no daemon runs, the account
    goes as well.

    Raises NotThere, Held when the account is held, and CannotOpen.
    """
    fold = Realm(settings).fold
    with _had(url, directory, alone=not dry_run) as (engine, opened, why):
        with reading(engine) as reader:
            accounts = accounts_called(reader, name, fold)
            ((count,),) = reader.rows(
                f"SELECT count(*) FROM accounts WHERE id IN ({marks(list(accounts))})", tuple(accounts)
            )
        _check(engine, accounts)
        ids = _rows_of(engine, accounts, fold)
        gone = held = 0
        for start in range(0, len(ids), STEP):
            with engine.changing() as tables:
                kept = tables.holds()
                several = tables.with_ids(ids[start : start + STEP])
                due = [each for each in several if not kept.cover(each)]
                gone += len(due)
                held += len(several) - len(due)
                if not dry_run:
                    tables.delete(due)
        if dry_run:
            return Erased(tuple(accounts.values()), gone, held, False)
        while engine.forget_words():
            pass
        dropped = opened is not None and bool(count)
        if opened is not None and dropped:
            _drop(opened, next(iter(accounts.values())), settings)
        return Erased(tuple(accounts.values()), gone, held, dropped, why if count else "")


@contextmanager
def _had(url: str, directory: Path, *, alone: bool) -> Iterator[tuple[Engine, Opened | None, str]]:
    """The database, for this program alone where that is possible; otherwise why it is not."""
    why = ""
    if alone and (url or (directory / FILE_NAME).exists()):
        try:
            opened = Opened(url, directory)
        except CannotOpen as error:
            why = str(error)
        else:
            try:
                yield opened.engine, opened, ""
            except StorageFailed as failed:
                raise CannotOpen(f"{opened.engine.where} cannot be used: {failed}") from None
            finally:
                opened.engine.close()
                leave_to_owner(directory)
                opened.release()
            return
    with reached(url, directory) as engine:
        yield engine, None, why


def _check(engine: Engine, accounts: dict[int, str]) -> None:
    for each in holds(engine):
        if each.kind == "account" and each.subject in accounts:
            raise Held(
                f"the account {each.name} is held by {each.by} ({each.note or 'no note'}), and nothing was"
                f" erased; chatdaemon hold remove account {each.name} ends that"
            )


def _rows_of(engine: Engine, accounts: dict[int, str], fold: Fold) -> list[int]:
    """The rows that are of these people, and those that name them."""
    some = list(accounts)
    names = {fold(name) for name in accounts.values()}
    found = []
    with reading(engine) as reader:
        with reader.snapshot():
            grouped = reader.rows(
                f"SELECT nick FROM account_nicks WHERE account_id IN ({marks(some)})", tuple(some)
            )
        called = names | {fold(str(nick)) for (nick,) in grouped}
        others = []
        columns = "id, kind, nick, details, " + f"CASE WHEN {of_people(some)} THEN 1 ELSE 0 END"
        condition = f"{of_people(some)} OR kind IN ('kick', 'mode')"
        values = tuple(some * 3)
        for id, kind, nick, details, own in windows(
            reader, columns, condition, values, columns_values=values
        ):
            if own:
                found.append(int(id or 0))
                # By whatever name they went.
                if nick is not None and kind != "relayed":
                    called.add(fold(str(nick)))
            else:
                others.append((int(id or 0), str(kind), str(details)))
    found += [id for id, kind, details in others if _names(kind, details, names, called, fold)]
    return sorted(found)


def _names(kind: str, details: str, names: set[str], called: set[str], fold: Fold) -> bool:
    """Whether somebody else's kick or change of modes is about them."""
    given = msgspec.json.decode(details)
    if kind == "kick":
        whom = given["whom"]
        account = whom.get("account")
        return fold(whom["nick"]) in called if account is None else fold(account) in names
    return any(mode in _RANKS and rest and fold(rest[0]) in called for mode, _, *rest in given["changes"])


def _drop(opened: Opened, name: str, settings: Settings) -> None:
    """As /msg NickServ DROP does it, with what becomes of the channels of the account."""
    realm = Realm(settings)
    try:
        load(realm, opened.kept)
    except ValueError as error:
        raise CannotOpen(f"what is stored does not go with the configuration: {error}") from None
    index = (opened.epoch << EPOCH_SHIFT) + 1
    events = realm.apply(Entry(index, int(time.time() * 1000), "chatdaemon", None, DropAccount(name)))
    opened.engine.apply([Written(index, tuple(changes_of(realm, events)))])
