"""What a client was shown of a channel's members."""

from bench.scenarios.joins import seen


def test_names_come_first_and_ones_own_join_is_not_counted_twice() -> None:
    kept = (
        b":bob!b@h JOIN :#c\r\n"
        b":server 353 bob = #c :@alice bob\r\n"
        b":server 366 bob #c :End\r\n"
        b":carol!c@h JOIN #c\r\n"
        b":server PONG server :end\r\n"
    )
    assert seen("bob", kept) == ["alice", "bob", "carol"]


def test_a_join_seen_twice_is_shown_twice() -> None:
    kept = b":server 353 bob = #c :bob\r\n" + b":carol!c@h JOIN #c\r\n" * 2
    assert seen("bob", kept) == ["bob", "carol", "carol"]
