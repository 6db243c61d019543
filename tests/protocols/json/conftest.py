"""The same worlds as for IRC: a log that answers at once, and one that answers late."""

from tests.protocols.irc.conftest import late, make_world, world

__all__ = ["late", "make_world", "world"]
