"""The page by keyboard, on a phone, for those who hear it, and when nobody looks."""

from __future__ import annotations

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.web.browser import PATIENCE
from tests.web.conftest import MakeClient, MakePerson

PHONE = {"viewport": {"width": 360, "height": 640}, "has_touch": True, "is_mobile": True}


def violations(page: Page) -> list[str]:
    """What axe-core finds that is serious."""
    # What moves is looked at when it has come to rest.
    page.evaluate(
        "Promise.all(document.getAnimations().filter(a => a.effect.getTiming().iterations === 1).map(a => a.finished))"
    )
    found = Axe().run(page).response["violations"]
    return [
        f"{each['id']}: {[node['html'][:120] for node in each['nodes'][:3]]}"
        for each in found
        if each["impact"] in ("serious", "critical")
    ]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_serious(person: MakePerson, irc: MakeClient, scheme: str) -> None:
    alice = person(color_scheme=scheme)
    assert violations(alice.page) == []
    name = f"alice{scheme}"
    alice.guest(name).join(f"#{scheme}")
    other = irc(f"other{scheme}", f"#{scheme}")
    for number in range(12):
        other.send(f"PRIVMSG #{scheme} :{name}: https://example.net/{number} \x0304red\x03 \x0308yellow")
    other.send(f"NOTICE #{scheme} :Notice", f"PRIVMSG #{scheme} :\x01ACTION waves\x01")
    for nick in "abcdefgh":
        irc(f"{nick}{scheme}", f"#{scheme}")
    msgid = alice.say("Hello")
    other.send(
        f"@+draft/react=👍;+draft/reply={msgid} TAGMSG #{scheme}", f"@+reply={msgid} PRIVMSG #{scheme} :Yes"
    )
    alice.message("Yes").hover()
    expect(alice.page.locator(".reactions")).to_have_count(1, timeout=PATIENCE)
    assert violations(alice.page) == []
    alice.act_on("Yes", "React")
    assert violations(alice.page) == []
    alice.write("/search Hello")
    expect(alice.page.locator(".result")).to_have_count(1, timeout=PATIENCE)
    assert violations(alice.page) == []
    for panel in ("/list", "/help", f"/whois other{scheme}"):
        alice.write(panel)
        expect(alice.page.get_by_role("dialog")).to_be_visible(timeout=PATIENCE)
        assert violations(alice.page) == []
        alice.page.keyboard.press("Escape")
        expect(alice.page.get_by_role("dialog")).to_have_count(0)


def overflow(page: Page) -> int:
    """By how many pixels the page is wider than the window."""
    found = page.evaluate(
        """Math.max(document.documentElement.scrollWidth, document.body.scrollWidth, document.querySelector('#app').scrollWidth) - innerWidth"""
    )
    assert isinstance(found, int)
    return found


def test_a_phone_shows_all_of_it_without_scrolling_sideways(person: MakePerson, irc: MakeClient) -> None:
    bob = person(**PHONE)
    assert overflow(bob.page) <= 0
    bob.guest("bob")
    bob.page.get_by_role("button", name="Find a channel").tap()
    assert overflow(bob.page) <= 0
    bob.page.get_by_label("Name of a channel").fill("#phone")
    bob.page.keyboard.press("Enter")
    expect(bob.page.locator(".bar h1")).to_have_text("#phone", timeout=PATIENCE)
    carl = irc("carl", "#phone")
    carl.send(f"PRIVMSG #phone :{'x' * 300} https://example.net/{'y' * 100}", "PRIVMSG #phone :Short")
    bob.message("Short").tap()
    assert overflow(bob.page) <= 0
    assert bob.page.evaluate("document.querySelector('.messages').scrollWidth <= innerWidth")
    assert violations(bob.page) == []
    # The lists are drawn in from the sides.
    expect(bob.page.locator(".sidebar")).not_to_be_in_viewport()
    bob.page.get_by_role("button", name="Conversations").tap()
    expect(bob.entry("#phone")).to_be_in_viewport(timeout=PATIENCE)
    bob.entry("#phone").tap()
    expect(bob.page.locator(".sidebar")).not_to_be_in_viewport(timeout=PATIENCE)
    bob.page.get_by_role("button", name="Members").tap()
    expect(bob.page.locator(".member", has_text="carl")).to_be_in_viewport(timeout=PATIENCE)
    assert overflow(bob.page) <= 0


def test_everything_can_be_done_by_keyboard(person: MakePerson, irc: MakeClient) -> None:
    dora = person()
    expect(dora.page.get_by_label("What shall we call you?")).to_be_focused(timeout=PATIENCE)
    dora.page.keyboard.type("dora")
    dora.page.keyboard.press("Enter")
    dora.inside("dora")
    for channel in ("#aaa", "#bbb"):
        dora.page.keyboard.press("Control+k")
        expect(dora.page.get_by_role("dialog")).to_be_visible()
        dora.page.keyboard.type(channel)
        dora.page.keyboard.press("Enter")
        expect(dora.page.locator(".bar h1")).to_have_text(channel, timeout=PATIENCE)
    expect(dora.composer).to_be_focused(timeout=PATIENCE)
    dora.page.keyboard.press("Alt+ArrowUp")
    expect(dora.page.locator(".bar h1")).to_have_text("#aaa")
    irc("erna", "#aaa").send("PRIVMSG #aaa :One", "PRIVMSG #aaa :Two")
    dora.message("Two")
    expect(dora.composer).to_be_focused(timeout=PATIENCE)
    dora.page.keyboard.press("ArrowUp")
    expect(dora.message("Two")).to_be_focused()
    dora.page.keyboard.press("ArrowUp")
    expect(dora.message("One")).to_be_focused()
    dora.page.keyboard.press("e")
    expect(dora.page.locator(".picker")).to_be_visible()
    dora.page.keyboard.press("Tab")
    dora.page.keyboard.press("Escape")
    expect(dora.page.locator(".picker")).to_have_count(0)
    expect(dora.message("One")).to_be_focused()
    dora.page.keyboard.press("r")
    expect(dora.composer).to_be_focused()
    dora.page.keyboard.type("Answer")
    dora.page.keyboard.press("Enter")
    expect(dora.message("Answer").locator(".quote")).to_have_text("erna One")
    dora.page.keyboard.press("ArrowUp")
    dora.page.keyboard.press("Delete")
    expect(dora.page.locator(".message .gone")).to_have_text("Taken back", timeout=PATIENCE)
    dora.page.keyboard.press("Escape")
    expect(dora.composer).to_be_focused()
    dora.page.keyboard.press("Alt+Shift+ArrowDown")
    expect(dora.page.locator(".bar h1")).to_have_text("#aaa")  # nothing is unread


def test_new_messages_are_said_to_who_hears_the_page_and_old_ones_are_not(
    person: MakePerson, irc: MakeClient
) -> None:
    frida = irc("frida", "#heard")
    frida.send("PRIVMSG #heard :Long ago")
    frida.expect("Long ago")
    gina = person().guest("gina").join("#heard")
    gina.message("Long ago")
    frida.send("PRIVMSG #heard :Just now")
    log = gina.page.get_by_role("log")
    expect(log).to_have_text("frida: Just now", timeout=PATIENCE)
    expect(log).to_have_attribute("aria-live", "polite")


def test_who_is_spoken_to_and_does_not_look_is_notified(person: MakePerson, irc: MakeClient) -> None:
    hanna = person()
    hanna.page.add_init_script(
        """window.shown = [];
        window.Notification = class { static permission = 'default';
            static async requestPermission() { return (Notification.permission = 'granted'); }
            constructor(title, {body}) { window.shown.push([title, body]); } close() {} };"""
    )
    hanna.page.reload()
    hanna.guest("hanna").join("#calls").join("#elsewhere")
    irene = irc("irene", "#calls")
    irene.send("PRIVMSG #calls :hanna: unheard")
    expect(hanna.entry("#calls").locator(".count")).to_have_text("1", timeout=PATIENCE)
    # Nobody is asked before they click, and nothing is shown without leave.
    assert hanna.page.evaluate("[Notification.permission, shown.length]") == ["default", 0]
    hanna.page.get_by_role("button", name="Desktop notifications").click()
    irene.send("PRIVMSG #calls :not for anybody", "PRIVMSG #calls :hey Hanna, come!")
    hanna.until("shown.length > 0")
    assert hanna.page.evaluate("shown") == [["irene in #calls", "hey Hanna, come!"]]
    hanna.until("document.title.startsWith('(2) ')")
    hanna.until("document.querySelector('link[rel=icon]').href.includes('mention')")


def test_a_finger_that_comes_in_is_at_no_message(person: MakePerson, irc: MakeClient) -> None:
    jutta = person(**PHONE).guest("jutta")
    jutta.page.get_by_role("button", name="Find a channel").tap()
    jutta.page.get_by_label("Name of a channel").fill("#finger")
    jutta.page.keyboard.press("Enter")
    expect(jutta.composer).to_be_visible(timeout=PATIENCE)
    irc("klara", "#finger").send("PRIVMSG #finger :Hello")
    row = jutta.message("Hello")
    row.evaluate("row => row.dispatchEvent(new MouseEvent('mouseenter'))")
    expect(jutta.page.locator(".tools")).to_have_count(0)
    row.tap()
    expect(jutta.page.locator(".tools")).to_have_count(1, timeout=PATIENCE)
