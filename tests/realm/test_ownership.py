import pytest

from chatdaemon.realm.accounts import Account, AccountSetting, Code, Standing
from chatdaemon.realm.ownership import (
    SERVICES,
    is_enforced,
    is_lapsed,
    is_service,
    look_alikes,
    looks_like_service,
    owns,
)
from chatdaemon.realm.records import keep
from chatdaemon.realm.settings import Settings
from chatdaemon.realm.state import State


@pytest.mark.parametrize("casemapping", ["ascii", "rfc1459", "rfc8265"])
def test_services_are_known_in_any_case_and_casemapping(casemapping: str) -> None:
    state = State(Settings(casemapping=casemapping))
    assert all(is_service(state, name.swapcase()) and looks_like_service(name) for name in SERVICES)
    assert not is_service(state, "robin")
    assert not looks_like_service("robin")


@pytest.mark.parametrize(
    ("standing", "code", "lapsed"),
    [
        (Standing.UNVERIFIED, Code("1", 10), True),
        (Standing.UNVERIFIED, Code("1", 11), False),
        (Standing.UNVERIFIED, None, False),
        (Standing.ACTIVE, Code("1", 1), False),
    ],
)
def test_only_what_was_not_confirmed_in_time_has_lapsed(
    standing: Standing, code: Code | None, lapsed: bool
) -> None:
    assert is_lapsed(Account(1, "x", 0, standing, code=code), 10) == lapsed


@pytest.mark.parametrize("default", [True, False])
def test_a_nick_is_enforced_as_the_owner_says_or_else_the_server(default: bool) -> None:
    state = State(Settings(reserve_nicks=default))
    assert is_enforced(state, Account(1, "x", 0)) == default
    assert is_enforced(state, Account(1, "x", 0, settings={AccountSetting.ENFORCE: "on"}))
    assert not is_enforced(state, Account(1, "x", 0, settings={AccountSetting.ENFORCE: "off"}))
    pending = Account(1, "x", 0, Standing.AWAITING, settings={AccountSetting.ENFORCE: "on"})
    assert not is_enforced(state, pending)


def test_who_owns_what_and_who_looks_like_it() -> None:
    state = State()
    otto, robin = Account(7, "otto", 0, nicks=("ott0", "hood")), Account(8, "OttO_", 0)
    keep(state, otto)
    keep(state, robin)
    assert owns(state, otto, "HOOD")
    assert not owns(state, robin, "hood")
    assert not owns(state, None, "hood")
    assert look_alikes(state, "0tto") == (otto,)
    assert look_alikes(state, "wren") == ()
