"""One daemon to a data directory, and nothing that replaces files under one that runs."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path
from typing import Final

from chatdaemon.storage.failure import CannotOpen


class DirectoryLock:
    """Held until `release`, or until the process ends, however it does."""

    def __init__(self, directory: Path) -> None:
        """Raises CannotOpen when somebody has it, or the file `lock` cannot be made."""
        path = directory / "lock"
        try:
            self._file = os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
            owned_as(directory, path)
        except OSError as error:
            raise CannotOpen(
                f"the data directory {directory} cannot be used: {error.strerror}; it must be writable"
                " for the user that the daemon runs as"
            ) from None
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            self._file.close()
            raise CannotOpen(
                f"a daemon uses the data directory {directory} already: stop that one,"
                ' or choose another directory by "data-directory" in [chatdaemon]'
            ) from None

    def release(self) -> None:
        self._file.close()


_FILES: Final = ("chatdaemon.db", "chatdaemon.db-wal", "chatdaemon.db-shm", "epoch", "lock")


def leave_to_owner(directory: Path) -> None:
    """What root has made in somebody's data directory is theirs. Raises OSError."""
    for name in _FILES:
        try:
            owned_as(directory, directory / name)
        except FileNotFoundError:
            pass  # not every database has all of them


def owned_as(directory: Path, path: Path) -> None:
    """What root makes in a directory is to be its owner's, who could not use it otherwise. Raises OSError."""
    owner = directory.stat()
    if os.geteuid() == 0 and owner.st_uid != path.stat().st_uid:
        os.chown(path, owner.st_uid, owner.st_gid)
