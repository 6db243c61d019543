import pytest

from chatdaemon.realm.events import HostChanged, ServerNoticed, VirtualHostAsked, VirtualHostSet
from chatdaemon.realm.modes import Privilege
from chatdaemon.realm.names import LONGEST_VHOST, vhost_fault
from chatdaemon.realm.refusal import Reason, Refusal
from chatdaemon.realm.requests import AskVirtualHost, BecomeOperator, SetAccount, SetVirtualHost
from tests.realm.scene import Scene


@pytest.fixture
def scene() -> Scene:
    """bob and carol are logged in to Robin, in #x; olivia looks after virtual hosts."""
    scene = Scene()
    scene.join("#x", "bob", "carol")
    scene.account("Robin", "bob", "carol")
    scene("bob", SetAccount("Robin"))
    scene("carol", SetAccount("Robin"))
    scene.oper("olivia", Privilege.VHOSTS)
    return scene


def test_a_host_is_asked_for_and_operators_are_told(scene: Scene) -> None:
    bob = scene.people["bob"]
    asked, told = scene("bob", AskVirtualHost("robin.example"))
    assert asked == VirtualHostAsked((bob.id,), bob.who, "Robin", "robin.example")
    assert told == ServerNoticed((scene.id("olivia"),), "Robin asks for the virtual host robin.example")
    assert scene.realm.accounts["robin"].asked_vhost == "robin.example"
    assert bob.host == "host"


def test_the_question_can_be_taken_back(scene: Scene) -> None:
    assert scene.refused("bob", AskVirtualHost(None)) == Refusal(Reason.NO_HOST_ASKED, "Robin")
    scene("bob", AskVirtualHost("robin.example"))
    bob = scene.people["bob"]
    assert scene("bob", AskVirtualHost(None)) == (VirtualHostAsked((bob.id,), bob.who, "Robin", None),)
    assert scene.realm.accounts["robin"].asked_vhost is None


def test_a_host_that_is_given_is_shown_at_once_for_everybody_of_the_account(scene: Scene) -> None:
    scene("bob", AskVirtualHost("robin.example"))
    olivia, channel = scene.people["olivia"], scene.channel("#x").id
    before = [scene.people[nick].who for nick in ("bob", "carol")]
    given, *changes = scene("olivia", SetVirtualHost("robin", "robin.example"))
    assert given == VirtualHostSet(
        (olivia.id, scene.id("bob"), scene.id("carol")), olivia.who, "Robin", "robin.example"
    )
    assert changes == [HostChanged(channel, who, "u", "robin.example") for who in before]
    account = scene.realm.accounts["robin"]
    assert (account.vhost, account.asked_vhost) == ("robin.example", None)


def test_a_host_that_is_taken_away_leaves_the_ordinary_one(scene: Scene) -> None:
    scene(None, SetVirtualHost("robin", "robin.example"))
    taken, *changes = scene(None, SetVirtualHost("robin", None))
    assert taken == VirtualHostSet((scene.id("bob"), scene.id("carol")), None, "Robin", None)
    assert [each.host for each in changes if isinstance(each, HostChanged)] == ["host", "host"]
    assert len(scene(None, SetVirtualHost("robin", None))) == 1


def test_an_operators_host_is_the_ordinary_one_from_then_on(scene: Scene) -> None:
    scene(None, SetVirtualHost("robin", "robin.example"))
    scene("bob", BecomeOperator("chief", (), "staff.example"))
    assert scene.people["bob"].host == "staff.example"
    scene(None, SetVirtualHost("robin", None))
    assert scene.people["bob"].host == "staff.example"
    assert scene.people["carol"].host == "host"


def test_a_question_can_be_answered_with_no(scene: Scene) -> None:
    refusal = Refusal(Reason.NO_HOST_ASKED, "Robin")
    assert scene.refused("olivia", SetVirtualHost("robin", None, rejected=True)) == refusal
    scene(None, SetVirtualHost("robin", "old.example"))
    scene("bob", AskVirtualHost("new.example"))
    (said,) = scene("olivia", SetVirtualHost("robin", None, rejected=True))
    assert isinstance(said, VirtualHostSet)
    assert (said.host, said.rejected) == ("old.example", True)
    account = scene.realm.accounts["robin"]
    assert (account.vhost, account.asked_vhost) == ("old.example", None)


def test_who_may_ask_and_who_may_give(scene: Scene) -> None:
    scene.oper("dave", Privilege.ACCOUNTS)
    assert scene.refused("dave", AskVirtualHost("a.b")) == Refusal(Reason.NOT_LOGGED_IN)
    give = SetVirtualHost("robin", "a.b")
    assert scene.refused("bob", give) == Refusal(Reason.NOT_AN_OPERATOR)
    assert scene.refused("dave", give) == Refusal(Reason.NEEDS_PRIVILEGE, Privilege.VHOSTS)
    refusal = Refusal(Reason.NO_SUCH_ACCOUNT, "wren")
    assert scene.refused("olivia", SetVirtualHost("wren", "a.b")) == refusal


def test_a_host_must_be_one(scene: Scene) -> None:
    for nick, request in (("bob", AskVirtualHost("x")), ("olivia", SetVirtualHost("robin", "x"))):
        refusal = scene.refused(nick, request)
        assert (refusal.reason, refusal.subject) == (Reason.BAD_HOST, "x")
        assert "a dot or a slash" in refusal.detail


@pytest.mark.parametrize(
    "host", ["a.b", "Some-User.example.org", "user/robin", "staff/a.b:c_d", "v6.dead:beef.x", "a" * 61 + ".b"]
)
def test_a_good_host(host: str) -> None:
    assert vhost_fault(host) is None


@pytest.mark.parametrize(
    ("host", "what"),
    [
        ("", "a dot or a slash"),
        ("host", "a dot or a slash"),
        ("a b.c", "letters, digits"),
        ("a@b.c", "letters, digits"),
        ("bücher.example", "letters, digits"),
        (".a.b", "begin and end"),
        (":a.b", "begin and end"),
        ("a/", "begin and end"),
        ("a.b-", "begin and end"),
        ("10.0.0.1", "an address"),
        ("10.0.0.0/8", "an address"),
        ("2001:db8::1.2", "an address"),
        ("2001:db8::1/64", "an address"),
        ("a" * LONGEST_VHOST + ".b", "63 characters"),
    ],
)
def test_a_bad_host(host: str, what: str) -> None:
    assert what in (vhost_fault(host) or "")
