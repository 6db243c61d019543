"""chatdaemon: a chat server on Twisted where IRC and JSON clients meet in one realm."""

__version__ = "0.1.0"
