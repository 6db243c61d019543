"""Accounts and channels of other servers, taken over: read (`ergo`, `anope`), fitted to what can be here
(`fitting`), and written as a whole (`taking`)."""
