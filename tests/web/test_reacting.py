"""Reactions, replies, and what is taken back: on pages and in IRC."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.web.browser import PATIENCE
from tests.web.conftest import MakeClient, MakePerson


def test_a_reaction_is_seen_and_taken_back_everywhere(person: MakePerson, irc: MakeClient) -> None:
    alice = person().guest("alice").join("#react")
    bob = person().guest("bob").join("#react")
    carol = irc("carol", "#react")
    msgid = alice.say("Cake?")
    bob.act_on("Cake?", "React")
    bob.page.get_by_role("button", name="React with 🎉").click()
    told = carol.expect("+draft/react=")
    assert "+draft/react=🎉" in told
    assert f"+reply={msgid}" in told or f"+draft/reply={msgid}" in told
    reaction = alice.message("Cake?").locator(".reactions button")
    expect(reaction).to_have_text(["🎉 1"], timeout=PATIENCE)

    # By clicking on it one says the same.
    reaction.click()
    expect(bob.message("Cake?").locator(".reactions button")).to_have_text(["🎉 2"], timeout=PATIENCE)
    carol.send(f"@+draft/react=👍;+draft/reply={msgid} TAGMSG #react")
    expect(alice.message("Cake?").locator(".reactions button")).to_have_text(
        ["🎉 2", "👍 1"], timeout=PATIENCE
    )
    # And taken back by clicking again.
    alice.message("Cake?").locator(".reactions button", has_text="🎉").click()
    expect(bob.message("Cake?").locator(".reactions button")).to_have_text(["🎉 1", "👍 1"], timeout=PATIENCE)

    # Who comes later sees them as well.
    dora = person().guest("dora").join("#react")
    expect(dora.message("Cake?").locator(".reactions button")).to_have_text(
        ["🎉 1", "👍 1"], timeout=PATIENCE
    )


def test_what_can_be_done_with_a_message_is_shown_while_one_is_at_it(person: MakePerson) -> None:
    claus = person().guest("claus").join("#tools")
    claus.say("One")
    tools = claus.page.locator(".tools")
    claus.message("One").hover()
    expect(tools).to_have_count(1)
    claus.composer.hover()
    expect(tools).to_have_count(0)
    claus.message("One").focus()
    expect(tools).to_have_count(1)
    claus.composer.focus()
    expect(tools).to_have_count(0)


def test_a_reply_quotes_what_it_answers_and_leads_there(person: MakePerson, irc: MakeClient) -> None:
    erik = person().guest("erik").join("#reply")
    frida = irc("frida", "#reply")
    msgid = erik.say("Shall we go?")
    frida.send(f"@+reply={msgid} PRIVMSG #reply :In a minute")
    quote = erik.message("In a minute").locator(".quote")
    expect(quote).to_have_text("erik Shall we go?")
    erik.act_on("In a minute", "Reply")
    expect(erik.page.locator(".replying")).to_contain_text("In a minute")
    erik.say("Good")
    answer = frida.expect("PRIVMSG #reply :Good")
    assert (
        f"+reply={erik.id_of('In a minute')}" in answer
        or f"+draft/reply={erik.id_of('In a minute')}" in answer
    )
    expect(erik.page.locator(".replying")).to_have_count(0)
    quote.click()
    expect(erik.page.locator(f".message[data-id='{msgid}']")).to_be_focused(timeout=PATIENCE)


def test_what_is_taken_back_is_gone_everywhere(person: MakePerson, irc: MakeClient) -> None:
    gina = person().guest("gina").join("#redact")
    hugo = person().guest("hugo").join("#redact")
    ida = irc("ida", "#redact")
    wrong = gina.say("My password is swordfish")
    gina.act_on("My password", "Take back")
    gone = hugo.page.locator(f".message[data-id='{wrong}'] .text")
    expect(gone).to_have_text("Taken back", timeout=PATIENCE)
    ida.expect(f"REDACT #redact {wrong}")
    assert "swordfish" not in hugo.page.content()

    # Others' messages are for operators to take back: gina is one, hugo none.
    theirs = gina.say("Mine")
    hugo.message("Mine").hover()
    expect(hugo.message("Mine").get_by_role("button", name="Reply")).to_be_visible()
    expect(hugo.message("Mine").get_by_role("button", name="Take back")).to_have_count(0)
    ida.send("PRIVMSG #redact :Buy now!")
    spam = gina.id_of("Buy now!")
    gina.act_on("Buy now!", "Take back")
    expect(hugo.page.locator(f".message[data-id='{spam}'] .text")).to_have_text(
        "Taken back by gina", timeout=PATIENCE
    )
    assert theirs == hugo.id_of("Mine")

    # By an IRC client.
    ida.send("PRIVMSG #redact :Sorry, wrong channel")
    line = ida.expect("Sorry, wrong channel")
    msgid = line.split("msgid=")[1][:16]
    gina.message("Sorry, wrong channel")
    ida.send(f"REDACT #redact {msgid} :Not here")
    expect(gina.page.locator(f".message[data-id='{msgid}'] .text")).to_have_text(
        "Taken back: Not here", timeout=PATIENCE
    )
