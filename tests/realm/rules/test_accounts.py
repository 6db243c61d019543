from dataclasses import replace
from typing import Any

import pytest

from chatdaemon.realm.accounts import Account, AccountSetting, Code, Credentials, Standing
from chatdaemon.realm.events import (
    AccessChanged,
    AccountApproved,
    AccountChanged,
    AccountDropped,
    AccountRegistered,
    AccountRestored,
    AccountSeen,
    AccountSuspended,
    AccountVerified,
    ChannelDropped,
    CodeRenewed,
    Event,
    Quit,
    ServerNoticed,
)
from chatdaemon.realm.modes import Privilege, Rank
from chatdaemon.realm.refusal import Reason, Refusal
from chatdaemon.realm.requests import (
    ApproveAccount,
    ChangeNick,
    Configure,
    Connect,
    DropAccount,
    RegisterAccount,
    RegisterChannel,
    RenewCode,
    Request,
    RestoreAccount,
    SetAccess,
    SetAccount,
    SuspendAccount,
    VerifyAccount,
)
from chatdaemon.realm.settings import Policy, Settings
from tests.realm.scene import START, Scene

CODE = Code("123", START + 10)
OPEN = Settings(channel_flags=(), user_modes=())
FREE = Settings(channel_flags=(), user_modes=(), nick_is_account=False)
PASSWORD = Credentials("$argon2id$x")


def scene_of(settings: Settings = OPEN) -> Scene:
    """bob and carol are there; olivia looks after accounts, dave does not though an operator."""
    scene = Scene(settings)
    scene.connect("bob", "carol", exempt=True)
    scene.connect("olivia", "dave", exempt=True)
    scene.oper("olivia", Privilege.ACCOUNTS)
    scene.oper("dave", Privilege.VHOSTS)
    return scene


@pytest.fixture
def scene() -> Scene:
    return scene_of()


def register(name: str, **more: Any) -> RegisterAccount:
    return RegisterAccount(name, PASSWORD, **more)


def told(scene: Scene, event: Event) -> str:
    """What the operators who asked for it are told."""
    assert isinstance(event, ServerNoticed)
    assert scene.audience(event) == ["olivia", "dave"]
    return event.text


# Registering


def test_who_registers_has_an_account_and_is_logged_in(scene: Scene) -> None:
    before = scene.people["bob"].who
    registered, notice, changed = scene("bob", register("Bob", email="b@x"))
    assert registered == AccountRegistered((before.id,), before, "Bob", Standing.ACTIVE, "b@x")
    assert told(scene, notice) == "bob registered the account Bob"
    assert changed == AccountChanged((before.id,), before, "Bob")
    assert scene.realm.accounts == {
        "bob": Account(
            id=scene.index,
            name="Bob",
            registered_at=START,
            credentials=PASSWORD,
            email="b@x",
            last_seen_at=START,
        )
    }
    assert scene.realm.owner("bOb") is scene.realm.account("BOB") is scene.realm.accounts["bob"]


def test_who_is_not_connected_registers_and_comes_in_with_the_account(scene: Scene) -> None:
    registered, notice = scene("s1", register("eve"))
    assert registered == AccountRegistered((), None, "eve", Standing.ACTIVE)
    assert told(scene, notice) == "Somebody who is not connected yet registered the account eve"
    scene("s1", Connect("eve", "u", "R", "h", "h", account="eve"))
    assert scene.realm.sessions["s1"].account == "eve"


def test_an_operator_registers_for_others_past_every_restriction() -> None:
    settings = Settings(registration=Policy.CLOSED, verify_email=True)
    scene = scene_of(settings)
    scene.account("olivia", "olivia")
    scene("olivia", SetAccount("olivia"))
    for name in ("Bob", "oIivia"):
        _, notice = scene("olivia", register(name, granted=True))
        assert told(scene, notice) == f"olivia registered the account {name} for somebody"
        assert scene.realm.accounts[name.lower()].standing is Standing.ACTIVE
    assert scene.people["olivia"].account == "olivia"
    assert scene.people["bob"].account is None
    _, notice = scene(None, register("frank", granted=True))
    assert told(scene, notice) == "server registered the account frank for somebody"


def test_what_an_operator_registers_can_wait_to_be_verified(scene: Scene) -> None:
    scene("olivia", register("eve", email="e@x", code=CODE, granted=True))
    assert scene.realm.accounts["eve"].standing is Standing.UNVERIFIED


def test_nobody_else_registers_past_restrictions(scene: Scene) -> None:
    assert scene.refused("bob", register("bob", granted=True)) == Refusal(Reason.NOT_AN_OPERATOR)
    needs = Refusal(Reason.NEEDS_PRIVILEGE, Privilege.ACCOUNTS)
    assert scene.refused("dave", register("dave", granted=True)) == needs
    assert scene.refused("s1", register("eve", granted=True)) == Refusal(Reason.NOT_CONNECTED)


def test_one_person_registers_one_account(scene: Scene) -> None:
    scene("bob", register("Bob"))
    assert scene.refused("bob", register("Robin")) == Refusal(Reason.ALREADY_LOGGED_IN, "Bob")


def test_registration_can_be_closed() -> None:
    scene = scene_of(Settings(registration=Policy.CLOSED))
    for actor in ("bob", "s1", None):
        assert scene.refused(actor, register("bob")) == Refusal(Reason.REGISTRATION_CLOSED)


@pytest.mark.parametrize("more", [{}, {"email": "b@x"}, {"code": CODE}])
def test_an_address_can_be_needed(more: dict[str, Any]) -> None:
    scene = scene_of(Settings(verify_email=True))
    assert scene.refused("bob", register("bob", **more)) == Refusal(Reason.EMAIL_NEEDED, "bob")
    assert scene("bob", register("bob", email="b@x", code=CODE))


# Its name


@pytest.mark.parametrize(
    ("name", "what"),
    [("1st", "must begin"), ("a b", "letters, digits"), ("", "empty"), ("chanSERV", "service")],
)
def test_an_account_is_called_as_a_nick_could_be(scene: Scene, name: str, what: str) -> None:
    for actor, granted in (("bob", False), ("s1", False), (None, True)):
        refusal = scene.refused(actor, register(name, granted=granted))
        assert (refusal.reason, refusal.subject) == (Reason.BAD_ACCOUNT_NAME, name)
        assert what in refusal.detail


def test_an_account_is_called_as_who_registers_it(scene: Scene) -> None:
    refusal = Refusal(Reason.NICK_MUST_MATCH, "robin", "bob")
    assert scene.refused("bob", register("robin")) == refusal
    scene = scene_of(FREE)
    assert scene("bob", register("robin"))
    assert scene.people["bob"].nick == "bob"


def test_a_name_belongs_to_one_account_only(scene: Scene) -> None:
    scene.account("Robin", "hood")
    for name in ("robin", "Hood"):
        for actor, granted in (("s1", False), (None, True)):
            refusal = scene.refused(actor, register(name, granted=granted))
            assert refusal == Refusal(Reason.ACCOUNT_EXISTS, name)


def test_nobody_registers_the_nick_that_somebody_else_has() -> None:
    scene = scene_of(FREE)
    for actor in ("bob", "s1"):
        assert scene.refused(actor, register("CAROL")) == Refusal(Reason.NICK_IN_USE, "CAROL")
    assert scene("olivia", register("carol", granted=True))


@pytest.mark.parametrize("enforced", ["on", "off"])
def test_nobody_registers_what_looks_like_another_account(scene: Scene, enforced: str) -> None:
    scene.account("otto", settings={AccountSetting.ENFORCE: enforced})
    assert scene.refused("s1", register("ott0")) == Refusal(Reason.NICK_CONFUSABLE, "ott0")
    assert scene("s1", register("ottox"))
    assert scene(None, register("ott0", granted=True))


def test_nobody_registers_what_looks_like_a_service(scene: Scene) -> None:
    assert scene.refused("s1", register("Gl0bal")) == Refusal(Reason.NICK_CONFUSABLE, "Gl0bal")


def test_names_may_look_alike_where_that_does_not_matter() -> None:
    scene = scene_of(Settings(confusables=False))
    scene.account("otto")
    assert scene("s1", register("ott0"))


def test_a_certificate_comes_with_the_account(scene: Scene) -> None:
    print_ = "ab" * 32
    scene("bob", register("bob", certificate=print_))
    assert scene.realm.certificates == {print_: "bob"}
    assert scene.refused("s1", register("eve", certificate=print_)) == Refusal(
        Reason.CERTIFICATE_KNOWN, print_
    )
    assert scene.refused("s1", register("eve", certificate="x")).reason is Reason.BAD_SETTING_VALUE


# Confirming the address


def test_an_account_with_a_code_is_used_once_that_is_given_back(scene: Scene) -> None:
    bob = scene.people["bob"]
    registered, _ = scene("bob", register("bob", email="b@x", code=CODE))
    assert registered == AccountRegistered((bob.id,), bob.who, "bob", Standing.UNVERIFIED, "b@x", CODE)
    account = scene.realm.accounts["bob"]
    assert (account.email, account.asked_email, account.code) == (None, "b@x", CODE)
    before = bob.who
    assert bob.account is None
    verified, changed = scene("bob", VerifyAccount("BOB", "123"))
    assert verified == AccountVerified((bob.id,), before, "bob", Standing.ACTIVE)
    assert changed == AccountChanged((bob.id,), before, "bob")
    account = scene.realm.accounts["bob"]
    assert (account.standing, account.email, account.asked_email, account.code) == (
        Standing.ACTIVE, "b@x", None, None,
    )  # fmt: skip


def test_who_is_not_connected_verifies_too(scene: Scene) -> None:
    scene("s1", register("eve", email="e@x", code=CODE))
    verified = AccountVerified((), None, "eve", Standing.ACTIVE)
    assert scene("s1", VerifyAccount("eve", "123")) == (verified,)


def test_who_verifies_while_logged_in_stays_who_they_are(scene: Scene) -> None:
    scene("s1", register("eve", email="e@x", code=CODE))
    scene("bob", register("bob"))
    (verified,) = scene("bob", VerifyAccount("eve", "123"))
    assert isinstance(verified, AccountVerified)
    assert scene.people["bob"].account == "bob"


def test_a_code_must_be_the_one_and_in_time(scene: Scene) -> None:
    assert scene.refused("bob", VerifyAccount("x", "1")) == Refusal(Reason.NO_SUCH_ACCOUNT, "x")
    scene("bob", register("bob", email="b@x", code=CODE))
    bad = Refusal(Reason.BAD_CODE, "bob")
    assert scene.refused("bob", VerifyAccount("bob", "124")) == bad
    scene.at = CODE.until
    assert scene.refused("bob", VerifyAccount("bob", "123")) == bad
    scene.at -= 1
    assert scene("bob", VerifyAccount("bob", "123"))
    nothing = Refusal(Reason.NOTHING_TO_VERIFY, "bob")
    assert scene.refused("bob", VerifyAccount("bob", "123")) == nothing


def test_anybody_has_the_code_of_a_new_account_sent_again(scene: Scene) -> None:
    scene("s1", register("eve", email="e@x", code=CODE))
    other = Code("456", START + 50)
    bob = scene.people["bob"]
    assert scene("bob", RenewCode("eve", other)) == (CodeRenewed((bob.id,), bob.who, "eve", "e@x", other),)
    assert scene("s1", RenewCode("eve", other)) == (CodeRenewed((), None, "eve", "e@x", other),)
    assert scene.refused("bob", VerifyAccount("eve", "123")) == Refusal(Reason.BAD_CODE, "eve")
    scene.at = START + 20
    assert scene("bob", VerifyAccount("eve", "456"))


def test_later_that_is_for_the_owner_and_for_operators(scene: Scene) -> None:
    scene.account("bob", asked_email="new@x", code=CODE)
    renew = RenewCode("bob", CODE)
    assert scene.refused("carol", renew) == Refusal(Reason.NOT_AN_OPERATOR)
    scene("bob", SetAccount("bob"))
    for actor in ("bob", "olivia", None):
        (renewed,) = scene(actor, renew)
        assert isinstance(renewed, CodeRenewed)
        assert renewed.email == "new@x"
    scene.account("bob", asked_email=None, code=None)
    assert scene.refused("bob", renew) == Refusal(Reason.NOTHING_TO_VERIFY, "bob")
    assert scene.refused("bob", RenewCode("x", CODE)) == Refusal(Reason.NO_SUCH_ACCOUNT, "x")


def test_a_name_that_was_not_verified_in_time_is_free_again(scene: Scene) -> None:
    print_ = "ab" * 32
    scene("s1", register("Eve", email="e@x", code=CODE, certificate=print_))
    old = scene.realm.accounts["eve"].id
    scene.at = CODE.until - 1
    assert scene.refused("s2", register("eve")) == Refusal(Reason.ACCOUNT_EXISTS, "eve")
    scene.at += 1
    dropped, registered, _ = scene("s2", register("eve", certificate=print_))
    assert dropped == AccountDropped((), None, "Eve", old)
    assert registered == AccountRegistered((), None, "eve", Standing.ACTIVE)
    assert scene.realm.accounts["eve"].id == scene.index
    assert scene.realm.certificates == {print_: "eve"}


def test_and_so_is_what_looks_like_it(scene: Scene) -> None:
    scene("s1", register("otto", email="e@x", code=CODE))
    assert scene.refused("s2", register("ott0")) == Refusal(Reason.NICK_CONFUSABLE, "ott0")
    scene.at = CODE.until
    assert scene("s2", register("ott0"))


# Approval


@pytest.mark.parametrize("with_code", [False, True])
def test_an_operator_may_have_to_approve(with_code: bool) -> None:
    scene = scene_of(Settings(registration=Policy.APPROVAL))
    bob = scene.people["bob"]
    if with_code:
        scene("bob", register("bob", email="b@x", code=CODE))
        assert scene.refused("olivia", ApproveAccount("bob")) == Refusal(Reason.NOT_WAITING, "bob")
        verified, notice = scene("bob", VerifyAccount("bob", "123"))
        assert verified == AccountVerified((bob.id,), bob.who, "bob", Standing.AWAITING)
        assert told(scene, notice) == "The account bob waits for approval"
    else:
        registered, notice = scene("bob", register("bob"))
        assert registered == AccountRegistered((bob.id,), bob.who, "bob", Standing.AWAITING)
        assert told(scene, notice) == "bob registered the account bob, which waits for approval"
    assert scene.refused("bob", SetAccount("bob")) == Refusal(Reason.NOT_APPROVED, "bob")
    olivia = scene.people["olivia"].who
    approved, notice = scene("olivia", ApproveAccount("BOB"))
    assert approved == AccountApproved((olivia.id,), olivia, "bob")
    assert told(scene, notice) == "olivia approved the account bob"
    assert scene("bob", SetAccount("bob"))


def test_the_server_approves_too() -> None:
    scene = scene_of(Settings(registration=Policy.APPROVAL))
    scene("s1", register("eve"))
    approved, notice = scene(None, ApproveAccount("eve"))
    assert approved == AccountApproved((), None, "eve")
    assert told(scene, notice) == "server approved the account eve"


# Operators only


@pytest.mark.parametrize(
    "request_",
    [ApproveAccount("Robin"), SuspendAccount("Robin", "x"), RestoreAccount("Robin"), DropAccount("Robin")],
    ids=lambda request: type(request).__name__,
)
def test_what_only_operators_who_look_after_accounts_do(scene: Scene, request_: Request) -> None:
    scene.account("Robin")
    assert scene.refused("bob", request_) == Refusal(Reason.NOT_AN_OPERATOR)
    assert scene.refused("dave", request_) == Refusal(Reason.NEEDS_PRIVILEGE, Privilege.ACCOUNTS)
    assert scene.refused("gone", request_) == Refusal(Reason.NOT_CONNECTED)
    scene(None, DropAccount("Robin"))
    assert scene.refused("olivia", request_) == Refusal(Reason.NO_SUCH_ACCOUNT, "Robin")


# Suspending


def test_a_suspended_account_lets_nobody_in_until_it_is_restored(scene: Scene) -> None:
    scene("bob", register("bob"))
    bob, olivia = scene.people["bob"], scene.people["olivia"].who
    before = bob.who
    suspended, changed, seen, notice = scene("olivia", SuspendAccount("BOB", "spam"))
    assert suspended == AccountSuspended((olivia.id, bob.id), olivia, "bob", "spam")
    assert changed == AccountChanged((bob.id,), before, None)
    assert seen == AccountSeen((), "bob")
    assert told(scene, notice) == "olivia suspended the account bob: spam"
    assert bob.account is None
    assert scene.refused("bob", SetAccount("bob")) == Refusal(Reason.SUSPENDED, "bob", "spam")
    scene("olivia", SuspendAccount("bob", "x" * 400))
    assert scene.realm.accounts["bob"].note == "x" * 300
    restored, notice = scene("olivia", RestoreAccount("bob"))
    assert restored == AccountRestored((olivia.id,), olivia, "bob")
    assert told(scene, notice) == "olivia restored the account bob"
    assert scene.realm.accounts["bob"].note == ""
    assert scene("bob", SetAccount("bob"))
    assert scene.refused("olivia", RestoreAccount("bob")) == Refusal(Reason.NOT_SUSPENDED, "bob")


def test_an_operator_who_suspends_the_own_account_is_told_once(scene: Scene) -> None:
    scene("olivia", register("olivia"))
    suspended, *_ = scene("olivia", SuspendAccount("olivia", "holiday"))
    assert scene.audience(suspended) == ["olivia"]


def test_the_server_suspends_and_restores(scene: Scene) -> None:
    scene.account("Robin")
    suspended, notice = scene(None, SuspendAccount("Robin", "x"))
    assert suspended == AccountSuspended((), None, "Robin", "x")
    assert told(scene, notice) == "server suspended the account Robin: x"
    restored, notice = scene(None, RestoreAccount("Robin"))
    assert restored == AccountRestored((), None, "Robin")
    assert told(scene, notice) == "server restored the account Robin"


def test_what_cannot_be_used_yet_cannot_be_suspended(scene: Scene) -> None:
    for standing, reason in (
        (Standing.UNVERIFIED, Reason.NOT_VERIFIED),
        (Standing.AWAITING, Reason.NOT_APPROVED),
    ):
        scene.account("Robin", standing=standing)
        assert scene.refused("olivia", SuspendAccount("Robin", "x")) == Refusal(reason, "Robin")


def test_where_everybody_needs_an_account_who_loses_it_is_removed(scene: Scene) -> None:
    scene.account("Robin", "robin_")
    scene.realm.settings = replace(scene.realm.settings, several_clients=False)
    for nick in ("Robin", "robin_"):
        scene.connect(nick, account="robin", exempt=nick == "robin_")
    robin = scene.people["Robin"].who
    scene(None, Configure(Settings(require_login=True)))
    _, quit_, changed, seen, _ = scene("olivia", SuspendAccount("robin", "spam"))
    assert quit_ == Quit((robin.id,), robin, "The account Robin is suspended: spam", ())
    # One who may be there without an account stays as a guest.
    assert isinstance(changed, AccountChanged)
    assert changed.who.nick == "robin_"
    assert seen == AccountSeen((), "Robin")
    assert scene.realm.user("Robin") is None


# Dropping


def test_who_drops_an_account_is_logged_out_and_the_name_is_free(scene: Scene) -> None:
    scene("bob", register("bob"))
    scene.realm.markers[scene.realm.accounts["bob"].id] = {"#x": 1}
    account, who = scene.realm.accounts["bob"], scene.people["bob"].who
    dropped, changed, seen, notice = scene("bob", DropAccount("BOB"))
    assert dropped == AccountDropped((who.id,), who, "bob", account.id)
    assert changed == AccountChanged((who.id,), who, None)
    assert seen == AccountSeen((), "bob")
    assert told(scene, notice) == "bob dropped the account bob"
    realm = scene.realm
    assert not realm.accounts
    assert not realm.reserved
    assert not realm.skeletons
    assert not realm.markers
    assert scene("carol", ChangeNick("bob_"))
    assert scene("bob", register("bob"))


def test_an_operator_and_the_server_drop_the_accounts_of_others(scene: Scene) -> None:
    scene.account("Robin")
    dropped, notice = scene("olivia", DropAccount("robin"))
    assert scene.audience(dropped) == ["olivia"]
    assert told(scene, notice) == "olivia dropped the account Robin"
    scene.account("Robin")
    dropped, notice = scene(None, DropAccount("robin"))
    assert scene.audience(dropped) == []
    assert told(scene, notice) == "server dropped the account Robin"


def test_where_everybody_needs_an_account_who_drops_it_is_removed() -> None:
    scene = scene_of(Settings(require_login=True))
    scene.account("Robin")
    scene.connect("Robin", account="Robin")
    who = scene.people["Robin"].who
    dropped, quit_, _, _ = scene("Robin", DropAccount("Robin"))
    assert isinstance(dropped, AccountDropped)
    assert quit_ == Quit((who.id,), who, "The account Robin was dropped", ())


def test_nothing_of_a_dropped_account_is_left_in_channels(scene: Scene) -> None:
    scene.join("#x", "bob")
    scene.join("#y", "carol")
    for nick in ("bob", "carol"):
        scene(nick, register(nick))
    scene("bob", RegisterChannel("#x"))
    scene("carol", RegisterChannel("#y"))
    scene("carol", SetAccess("#y", "bob", Rank.OP))
    events = scene("bob", DropAccount("bob"))
    assert [each.channel for each in events if isinstance(each, ChannelDropped)] == ["#x"]
    changed = [each for each in events if isinstance(each, AccessChanged)]
    assert [(each.channel, each.account, each.ranks) for each in changed] == [("#y", "bob", Rank.NONE)]
    registration = scene.channel("#y").registration
    assert registration is not None
    assert not registration.access
    assert list(scene.realm.founded) == ["carol"]
