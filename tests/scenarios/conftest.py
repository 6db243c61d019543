"""The worlds of the IRC tests: scenarios run on a log that answers at once and on one that answers late."""

from tests.protocols.irc.conftest import late, make_world, world

__all__ = ["late", "make_world", "world"]
