"""Signing in, registering, looking in as a guest, and what the browser keeps of it."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.web.browser import PASSWORD, PATIENCE, Person
from tests.web.conftest import MakeClient, MakePerson


def kept(person: Person) -> str:
    """All that the browser keeps beyond this moment."""
    found = person.page.evaluate("JSON.stringify([{...localStorage}, {...sessionStorage}, document.cookie])")
    assert isinstance(found, str)
    return found


def test_an_account_is_made_and_signed_in_to(person: MakePerson) -> None:
    anna = person().register("anna")
    expect(anna.page.locator(".me .standing")).to_have_text("signed in")
    anna.join("#mine")
    again = person().sign_in("anna")
    # The same user: what one of them is in, the other is in.
    expect(again.entry("#mine")).to_have_count(1, timeout=PATIENCE)
    anna.say("From the first")
    again.message("From the first")


def test_the_password_is_kept_nowhere(person: MakePerson) -> None:
    berta = person().register("berta")
    assert PASSWORD not in kept(berta)
    assert "token" not in berta.page.evaluate("Object.keys(localStorage).join()")


def test_a_wrong_password_is_said_kindly(person: MakePerson) -> None:
    clara = person()
    clara.page.get_by_role("button", name="Sign in").first.click()
    clara.page.get_by_label("Name", exact=True).fill("nobody")
    clara.page.get_by_label("Password").fill("guessed")
    clara.page.locator("form").get_by_role("button", name="Sign in").click()
    expect(clara.page.get_by_role("alert")).to_have_text("Invalid account credentials", timeout=PATIENCE)
    expect(clara.page.locator("form").get_by_role("button", name="Sign in")).to_be_enabled()


def test_a_nick_that_somebody_has_is_said_kindly(person: MakePerson, irc: MakeClient) -> None:
    irc("doris")
    doris = person()
    doris.page.get_by_label("What shall we call you?").fill("doris")
    doris.page.get_by_role("button", name="Come in").click()
    expect(doris.page.get_by_role("alert")).to_contain_text("doris", timeout=PATIENCE)
    doris.guest("dorothea")


def test_who_asks_to_stay_signed_in_is_until_they_sign_out(person: MakePerson) -> None:
    emma = person().register("emma")
    emma.page.get_by_role("button", name="Sign out").click()
    emma.sign_in("emma", keep=True).join("#private-place")
    assert "private-place" in kept(emma)
    emma.until("localStorage.getItem('chatdaemon.token') !== null")
    assert PASSWORD not in kept(emma)

    emma.page.close()
    emma.page = emma.open()
    emma.inside("emma")
    expect(emma.page.locator(".me .standing")).to_have_text("signed in")

    token = emma.page.evaluate("JSON.parse(localStorage.getItem('chatdaemon.token')).token")
    emma.page.get_by_role("button", name="Sign out").click()
    expect(emma.page.get_by_role("button", name="Sign in").first).to_be_visible(timeout=PATIENCE)
    assert kept(emma) == '[{},{},""]'
    # It is good for nothing any more, for whoever has come by it.
    refused = emma.page.evaluate(
        """token => new Promise(resolve => {
            const socket = new WebSocket(new URL('ws', document.baseURI.replace(/^http/, 'ws')), 'json.chatdaemon');
            socket.onopen = () => socket.send(JSON.stringify({id: 1, op: 'login', token}));
            socket.onmessage = ({data}) => resolve(JSON.parse(data).error?.code);
        })""",
        token,
    )
    assert refused == "bad_token"


def test_what_was_chosen_to_look_at_stays(person: MakePerson) -> None:
    frida = person(color_scheme="light").guest("frida")
    paper = "getComputedStyle(document.body).backgroundColor"
    light = frida.page.evaluate(paper)
    frida.page.get_by_role("button", name="Switch to dark colours").click()
    dark = frida.page.evaluate(paper)
    assert dark != light
    tab = frida.open()
    assert tab.evaluate(paper) == dark
    tab.close()
    frida.page.get_by_role("button", name="Switch to light colours").click()
    assert frida.page.evaluate(paper) == light


def test_colours_follow_the_system(person: MakePerson) -> None:
    greta = person(color_scheme="dark")
    red, green, blue = greta.page.evaluate(
        "getComputedStyle(document.body).backgroundColor.match(/\\d+/g).map(Number)"
    )
    assert red + green + blue < 150
