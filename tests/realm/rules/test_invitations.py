import pytest

from chatdaemon.realm.accounts import Credentials, Invitation
from chatdaemon.realm.events import InvitationChanged
from chatdaemon.realm.modes import Privilege
from chatdaemon.realm.refusal import Reason, Refusal
from chatdaemon.realm.requests import CreateInvitation, RegisterAccount, RevokeInvitation
from chatdaemon.realm.settings import Policy, Settings
from tests.realm.scene import START, Scene


@pytest.fixture
def scene() -> Scene:
    """Accounts are made by invitation; olivia is an operator who may invite."""
    scene = Scene(Settings(registration=Policy.INVITATION))
    scene.oper("olivia", Privilege.ACCOUNTS)
    return scene


def test_an_operator_makes_an_invitation_and_takes_it_back(scene: Scene) -> None:
    olivia = scene.people["olivia"]
    assert scene("olivia", CreateInvitation("abc", 2, START + 9)) == (
        InvitationChanged((olivia.id,), olivia.who, "abc", 2),
    )
    assert scene.realm.invitations == {"abc": Invitation("abc", "olivia", 2, START + 9)}
    assert scene("olivia", RevokeInvitation("abc")) == (
        InvitationChanged((olivia.id,), olivia.who, "abc", 0),
    )
    assert not scene.realm.invitations
    assert scene.refused("olivia", RevokeInvitation("abc")) == Refusal(Reason.NO_SUCH_INVITATION, "abc")


def test_an_invitation_is_its_makers_by_account_if_there_is_one(scene: Scene) -> None:
    scene.log_in("olivia", "Liv")
    scene("olivia", CreateInvitation("abc"))
    scene(None, CreateInvitation("def"))
    assert [each.by for each in scene.realm.invitations.values()] == ["Liv", "server"]


def test_only_operators_make_invitations(scene: Scene) -> None:
    scene.connect("bob")
    for request in (CreateInvitation("abc"), RevokeInvitation("abc")):
        assert scene.refused("bob", request) == Refusal(Reason.NOT_AN_OPERATOR)


@pytest.mark.parametrize(
    ("request_", "subject"),
    [
        (CreateInvitation(""), "invitation"),
        (CreateInvitation("a b"), "invitation"),
        (CreateInvitation("ü"), "invitation"),
        (CreateInvitation("a\x02"), "invitation"),
        (CreateInvitation("a" * 65), "invitation"),
        (CreateInvitation("a", 0), "uses"),
        (CreateInvitation("a", 2**31), "uses"),
        (CreateInvitation("a", until=-1), "until"),
        (CreateInvitation("a", until=START), "until"),
    ],
)
def test_an_invitation_must_make_sense(scene: Scene, request_: CreateInvitation, subject: str) -> None:
    refusal = scene.refused("olivia", request_)
    assert (refusal.reason, refusal.subject) == (Reason.BAD_SETTING_VALUE, subject)
    assert refusal.detail


def test_a_code_is_made_anew_only_when_it_is_no_longer_good(scene: Scene) -> None:
    scene("olivia", CreateInvitation("abc", until=START + 5))
    assert scene.refused("olivia", CreateInvitation("abc")) == Refusal(Reason.INVITATION_EXISTS, "abc")
    scene.at += 5
    assert scene("olivia", CreateInvitation("abc"))


def test_who_has_an_invitation_registers_as_often_as_it_says(scene: Scene) -> None:
    scene.connect("bob", "carol", "dave")
    scene("olivia", CreateInvitation("abc", 2))
    for nick, left in (("bob", 1), ("carol", 0)):
        who = scene.people[nick].who
        used, *_ = scene(nick, RegisterAccount(nick, Credentials(), invitation="abc"))
        assert used == InvitationChanged((who.id,), who, "abc", left)
    refusal = Refusal(Reason.INVITATION_NEEDED)
    for code in ("abc", None, "other"):
        assert scene.refused("dave", RegisterAccount("dave", Credentials(), invitation=code)) == refusal


def test_an_invitation_ends(scene: Scene) -> None:
    scene.connect("bob")
    scene("olivia", CreateInvitation("abc", until=START + 5))
    scene.at += 5
    request = RegisterAccount("bob", Credentials(), invitation="abc")
    assert scene.refused("bob", request) == Refusal(Reason.INVITATION_NEEDED)


def test_who_is_not_connected_yet_can_use_one_too(scene: Scene) -> None:
    scene("olivia", CreateInvitation("abc"))
    used, *_ = scene("s1", RegisterAccount("eve", Credentials(), invitation="abc"))
    assert used == InvitationChanged((), None, "abc", 0)
    assert scene.realm.account("eve") is not None


def test_where_everybody_registers_an_invitation_is_not_used_up() -> None:
    scene = Scene()
    scene.connect("bob")
    scene(None, CreateInvitation("abc"))
    scene("bob", RegisterAccount("bob", Credentials(), invitation="abc"))
    assert "abc" in scene.realm.invitations
