"""`chatdaemon import`: from a file of another server to our database, all of it or nothing."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from chatdaemon.importing import anope, buntdb, ergo, ergo_json, flatfile
from chatdaemon.importing.fitting import Fitted, fit
from chatdaemon.importing.found import Found, NotImportable
from chatdaemon.log import EPOCH_SHIFT
from chatdaemon.realm.realm import Realm
from chatdaemon.realm.records import Kept, load
from chatdaemon.realm.settings import Settings
from chatdaemon.realm.state import State
from chatdaemon.storage.engine import Written
from chatdaemon.storage.failure import CannotOpen, StorageFailed
from chatdaemon.storage.lock import DirectoryLock, leave_to_owner
from chatdaemon.storage.opening import Opened, engine_for
from chatdaemon.storage.sqlite import FILE_NAME


def read_ergo(path: Path) -> Found:
    """What Ergo's ircd.db holds, or a file for its importdb. Raises NotImportable."""
    with _about(path):
        data = path.read_bytes()
        if data.lstrip()[:1] == b"{":
            return ergo_json.read(data)
        if data.startswith(b"OBJECT "):
            raise NotImportable("it is Anope's: chatdaemon import anope")
        now = time.time()
        return ergo.read(buntdb.read(data, path.stat().st_mtime, now), int(now * 1000))


def read_anope(path: Path) -> Found:
    """What Anope's flat file holds. Raises NotImportable."""
    with _about(path):
        data = path.read_bytes()
        if data.startswith(b"*"):
            raise NotImportable("it looks like Ergo's ircd.db: chatdaemon import ergo")
        return anope.convert(flatfile.read(data), int(time.time() * 1000))


READERS: Final[dict[str, Callable[[Path], Found]]] = {"ergo": read_ergo, "anope": read_anope}


@contextmanager
def _about(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise NotImportable(f"{path} cannot be read: {error.strerror}") from None
    except NotImportable as error:
        raise NotImportable(f"{path} cannot be imported: {error}") from None


def take(found: Found, url: str, directory: Path, settings: Settings, *, dry_run: bool = False) -> str:
    """Store what was found beside what is there; what was done, in words.

    A daemon must not use the data directory. Raises CannotOpen, and then nothing is stored.
    """
    if dry_run:
        kept = _kept(url, directory)
        fitted = fit(_state(settings, kept), found, kept.index)
        return _report(fitted, "Nothing was written (--dry-run).")
    try:
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise CannotOpen(f"the data directory {directory} cannot be made: {error.strerror}") from None
    opened = Opened(url, directory)
    try:
        fitted = fit(_state(settings, opened.kept), found, opened.epoch << EPOCH_SHIFT)
        if fitted.changes:
            opened.engine.apply([Written(fitted.index, tuple(fitted.changes))])
    except StorageFailed as failed:
        raise CannotOpen(
            f"{opened.engine.where} cannot be used, and nothing was imported: {failed}"
        ) from None
    finally:
        opened.engine.close()
        leave_to_owner(directory)
        opened.release()
    done = (
        f"It is in {opened.engine.where}."
        if fitted.changes
        else "Nothing was written: there was nothing to do."
    )
    return _report(fitted, done)


def _state(settings: Settings, kept: Kept) -> State:
    state = Realm(settings)
    try:
        load(state, kept)
    except ValueError as error:
        raise CannotOpen(f"what is stored does not go with the configuration: {error}") from None
    return state


def _kept(url: str, directory: Path) -> Kept:
    """What is stored. Nothing is made where there is no database yet."""
    if not url and not (directory / FILE_NAME).exists():
        return Kept()
    lock = DirectoryLock(directory) if directory.is_dir() else None
    try:
        engine = engine_for(url, directory)
        try:
            engine.open()
            return engine.load()
        except StorageFailed as failed:
            raise CannotOpen(f"{engine.where} cannot be used: {failed}") from None
        finally:
            engine.close()
    finally:
        if lock is not None:
            lock.release()


def _report(fitted: Fitted, end: str) -> str:
    counts = [f"{sort}: {taken} of {there}" for sort, (taken, there) in fitted.taken.items()]
    lines = [*fitted.problems, ", ".join(counts), end]
    # Files of others can hold what a terminal would obey.
    return "\n".join("".join(c if c.isprintable() else "?" for c in line) for line in lines)
