import pytest

from chatdaemon.realm.accounts import AccountSetting, Code, Credentials, Standing
from chatdaemon.realm.events import (
    AccountSettingChanged,
    AccountVerified,
    CertificatesChanged,
    CredentialsChanged,
    EmailChanged,
)
from chatdaemon.realm.modes import Privilege
from chatdaemon.realm.records import keep
from chatdaemon.realm.refusal import Reason, Refusal
from chatdaemon.realm.requests import (
    AddCertificate,
    ChangeAccountSetting,
    ChangeCredentials,
    ChangeEmail,
    RegisterAccount,
    RemoveCertificate,
    Request,
    SetAccount,
    VerifyAccount,
)
from chatdaemon.realm.settings import Custom, Settings
from tests.realm.scene import START, Scene

A, B = "ab" * 32, "cd" * 32
CODE = Code("123", START + 10)


@pytest.fixture
def scene() -> Scene:
    """bob is logged in to Robin; olivia is an operator who looks after accounts, dave one who does not."""
    scene = Scene()
    scene.connect("bob", "carol")
    scene.account("wren")
    scene.log_in("bob", "Robin")
    scene.oper("olivia", Privilege.ACCOUNTS)
    scene.oper("dave", Privilege.VHOSTS)
    return scene


@pytest.mark.parametrize(
    "request_",
    [
        ChangeCredentials(Credentials("x"), "Robin"),
        ChangeEmail("r@x", None, "Robin"),
        ChangeAccountSetting(AccountSetting.ENFORCE, "off", "Robin"),
        AddCertificate(A, "Robin"),
        RemoveCertificate(B, "Robin"),
    ],
    ids=lambda request: type(request).__name__,
)
def test_an_account_is_changed_by_its_owner_by_operators_and_by_the_server(
    scene: Scene, request_: Request
) -> None:
    scene.account("Robin", certificates=(B,))
    assert scene.refused("carol", request_) == Refusal(Reason.NOT_AN_OPERATOR)
    assert scene.refused("dave", request_) == Refusal(Reason.NEEDS_PRIVILEGE, Privilege.ACCOUNTS)
    before = scene.realm.accounts["robin"]
    for actor in ("bob", "olivia", None):
        (event,) = scene(actor, request_)
        assert scene.audience(event) == ([actor] if actor else [])
        assert scene.realm.accounts["robin"] != before
        keep(scene.realm, before)


def test_who_is_not_logged_in_has_no_account_to_change(scene: Scene) -> None:
    assert scene.refused("carol", ChangeEmail("c@x")) == Refusal(Reason.NOT_LOGGED_IN)
    assert scene.refused(None, ChangeEmail("c@x")) == Refusal(Reason.NOT_CONNECTED)
    assert scene.refused("olivia", ChangeEmail("c@x", None, "x")) == Refusal(Reason.NO_SUCH_ACCOUNT, "x")


# Passwords


def test_another_password(scene: Scene) -> None:
    bob = scene.people["bob"]
    new = Credentials("$argon2id$", "SCRAM")
    assert scene("bob", ChangeCredentials(new)) == (CredentialsChanged((bob.id,), bob.who, "Robin"),)
    assert scene.realm.accounts["robin"].credentials == new


def test_a_password_is_renewed_only_while_it_is_the_one_that_was_checked(scene: Scene) -> None:
    old, new = scene.realm.accounts["robin"].credentials, Credentials("new")
    assert scene(None, ChangeCredentials(new, "robin", only_if=old))
    refusal = Refusal(Reason.CREDENTIALS_CHANGED, "Robin")
    assert scene.refused(None, ChangeCredentials(new, "robin", only_if=old)) == refusal


# Addresses


def test_an_address_is_taken_as_it_is_without_a_code(scene: Scene) -> None:
    bob = scene.people["bob"]
    assert scene("bob", ChangeEmail("b@x")) == (EmailChanged((bob.id,), bob.who, "Robin", "b@x"),)
    assert scene.realm.accounts["robin"].email == "b@x"
    scene("bob", ChangeEmail(None))
    assert scene.realm.accounts["robin"].email is None


def test_an_address_with_a_code_is_one_when_it_is_confirmed(scene: Scene) -> None:
    bob = scene.people["bob"]
    scene("bob", ChangeEmail("old@x"))
    changed = EmailChanged((bob.id,), bob.who, "Robin", "new@x", CODE)
    assert scene("bob", ChangeEmail("new@x", CODE)) == (changed,)
    account = scene.realm.accounts["robin"]
    assert (account.email, account.asked_email, account.code) == ("old@x", "new@x", CODE)
    assert account.standing is Standing.ACTIVE
    verified = AccountVerified((bob.id,), bob.who, "Robin", Standing.ACTIVE)
    assert scene("bob", VerifyAccount("robin", "123")) == (verified,)
    account = scene.realm.accounts["robin"]
    assert (account.email, account.asked_email, account.code) == ("new@x", None, None)


def test_another_address_ends_the_asking_for_the_one_before(scene: Scene) -> None:
    scene("bob", ChangeEmail("new@x", CODE))
    scene("bob", ChangeEmail("other@x"))
    account = scene.realm.accounts["robin"]
    assert (account.email, account.asked_email, account.code) == ("other@x", None, None)


def test_where_addresses_are_confirmed_only_operators_pass_that_by() -> None:
    scene = Scene(Settings(verify_email=True))
    scene.connect("bob")
    scene.log_in("bob", "Robin")
    scene.oper("olivia", Privilege.ACCOUNTS)
    for request in (ChangeEmail(None), ChangeEmail("b@x"), ChangeEmail(None, CODE)):
        assert scene.refused("bob", request) == Refusal(Reason.EMAIL_NEEDED, "Robin")
    assert scene("bob", ChangeEmail("b@x", CODE))
    assert scene("olivia", ChangeEmail("b@x", None, "Robin"))


@pytest.mark.parametrize("email", ["e@x", None])
def test_an_operator_can_take_an_unconfirmed_address_for_confirmed(scene: Scene, email: str | None) -> None:
    scene("eve", RegisterAccount("eve", Credentials(), email="e@x", code=CODE))
    changed, verified = scene("olivia", ChangeEmail(email, None, "eve"))
    assert isinstance(changed, EmailChanged)
    who = scene.people["olivia"].who
    assert verified == AccountVerified((who.id,), who, "eve", Standing.ACTIVE)
    account = scene.realm.accounts["eve"]
    assert (account.standing, account.email, account.code) == (Standing.ACTIVE, email, None)
    assert scene("carol", SetAccount("eve"))


def test_or_correct_the_address_that_the_code_goes_to(scene: Scene) -> None:
    scene("eve", RegisterAccount("eve", Credentials(), email="wrong@x", code=CODE))
    other = Code("456", START + 20)
    (changed,) = scene("olivia", ChangeEmail("right@x", other, "eve"))
    assert isinstance(changed, EmailChanged)
    account = scene.realm.accounts["eve"]
    assert (account.standing, account.asked_email, account.code) == (Standing.UNVERIFIED, "right@x", other)


# Settings


def test_a_setting_is_set_and_left_to_the_server_again(scene: Scene) -> None:
    bob = scene.people["bob"]
    for value in ("off", "on", "on"):
        assert scene("bob", ChangeAccountSetting(AccountSetting.PRIVATE, value)) == (
            AccountSettingChanged((bob.id,), bob.who, "Robin", AccountSetting.PRIVATE, value),
        )
    scene("bob", ChangeAccountSetting(AccountSetting.ENFORCE, "off"))
    settings = {AccountSetting.PRIVATE: "on", AccountSetting.ENFORCE: "off"}
    assert scene.realm.accounts["robin"].settings == settings
    scene("bob", ChangeAccountSetting(AccountSetting.PRIVATE, None))
    assert scene.realm.accounts["robin"].settings == {AccountSetting.ENFORCE: "off"}


def test_a_setting_is_on_or_off(scene: Scene) -> None:
    refusal = scene.refused("bob", ChangeAccountSetting(AccountSetting.ENFORCE, "yes"))
    assert (refusal.reason, refusal.subject) == (Reason.BAD_SETTING_VALUE, "enforce")
    assert '"on" or "off"' in refusal.detail


@pytest.mark.parametrize("setting", [AccountSetting.ALWAYS_ON, AccountSetting.AUTO_AWAY])
@pytest.mark.parametrize("custom", Custom)
def test_what_the_server_decides_is_nobodys_to_set(custom: Custom, setting: AccountSetting) -> None:
    scene = Scene(Settings(always_on=custom, auto_away=custom))
    scene.connect("bob")
    scene.log_in("bob", "Robin")
    if custom in (Custom.OFF, Custom.ALWAYS):
        refusal = scene.refused("bob", ChangeAccountSetting(setting, "on"))
        assert (refusal.reason, refusal.subject) == (Reason.BAD_SETTING_VALUE, setting.value)
    else:
        assert scene("bob", ChangeAccountSetting(setting, "on"))
    scene("bob", ChangeAccountSetting(setting, None))
    assert setting not in scene.realm.accounts["robin"].settings


# Certificates


def test_a_certificate_logs_in_to_the_account_until_it_is_taken_away(scene: Scene) -> None:
    bob = scene.people["bob"]
    added = CertificatesChanged((bob.id,), bob.who, "Robin", A, True)
    assert scene("bob", AddCertificate(A)) == (added,)
    assert scene.realm.certificates == {A: "robin"}
    removed = CertificatesChanged((bob.id,), bob.who, "Robin", A, False)
    assert scene("bob", RemoveCertificate(A)) == (removed,)
    assert not scene.realm.certificates
    refusal = Refusal(Reason.NO_SUCH_CERTIFICATE, A)
    assert scene.refused("bob", RemoveCertificate(A)) == refusal


def test_a_certificate_logs_in_to_one_account_only(scene: Scene) -> None:
    scene("bob", AddCertificate(A))
    for account in ("wren", "Robin"):
        refusal = scene.refused("olivia", AddCertificate(A, account))
        assert refusal == Refusal(Reason.CERTIFICATE_KNOWN, A)


def test_an_account_has_only_so_many_certificates() -> None:
    scene = Scene(Settings(certificates_per_account=1))
    scene.account("Robin")
    scene(None, AddCertificate(A, "Robin"))
    assert scene.refused(None, AddCertificate(B, "Robin")) == Refusal(Reason.TOO_MANY_CERTIFICATES, "Robin")


@pytest.mark.parametrize("fingerprint", ["", "ab", "AB" * 32, "xy" * 32, "ab:" * 21 + "a", "ab" * 33])
def test_a_fingerprint_is_64_digits(scene: Scene, fingerprint: str) -> None:
    refusal = scene.refused("bob", AddCertificate(fingerprint))
    assert (refusal.reason, refusal.subject) == (Reason.BAD_SETTING_VALUE, "certificate")
    assert "64 hexadecimal digits" in refusal.detail
