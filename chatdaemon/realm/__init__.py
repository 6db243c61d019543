"""The realm: one deterministic state machine of users and channels.

Request -> Realm -> Events, or a Refusal. Nothing here does I/O, reads a clock, draws a random
number or knows a wire format: an `Entry` carries all of that in. Applying the same entries in the
same order gives the same realm on every node.
"""
