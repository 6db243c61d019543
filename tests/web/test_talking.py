"""Two pages and an IRC client talk."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from tests.web.browser import PATIENCE
from tests.web.conftest import MakeClient, MakePerson


def test_a_message_has_one_id_on_two_pages_and_in_irc(person: MakePerson, irc: MakeClient) -> None:
    alice = person().guest("alice").join("#one")
    bob = person().guest("bob").join("#one")
    carol = irc("carol", "#one")
    msgid = alice.say("Is the tea ready?")
    assert bob.id_of("Is the tea ready?") == msgid
    assert f"msgid={msgid}" in carol.expect("PRIVMSG #one :Is the tea ready?")

    carol.send("PRIVMSG #one :It is, alice")
    assert alice.id_of("It is, alice") == bob.id_of("It is, alice")
    echo = carol.expect("PRIVMSG #one :It is, alice")
    assert f"msgid={bob.id_of('It is, alice')}" in echo
    # Whom it names sees that.
    expect(alice.message("It is, alice")).to_have_class(re.compile(r"\bmention\b"))
    expect(bob.message("It is, alice")).not_to_have_class(re.compile(r"\bmention\b"))


def test_what_somebody_does_is_an_action_everywhere(person: MakePerson, irc: MakeClient) -> None:
    alice = person().guest("dora").join("#acts")
    carol = irc("erik", "#acts")
    alice.write("/me pours tea")
    carol.expect("PRIVMSG #acts :\x01ACTION pours tea\x01")
    expect(alice.message("pours tea")).to_have_class(re.compile(r"\baction\b"))
    carol.send("PRIVMSG #acts :\x01ACTION drinks it\x01")
    expect(alice.message("drinks it").locator(".text")).to_have_text("erik drinks it")


def test_a_text_of_several_lines_is_one_message(person: MakePerson) -> None:
    alice = person().guest("fritz").join("#lines")
    bob = person().guest("gerda").join("#lines")
    alice.composer.press_sequentially("one")
    alice.composer.press("Shift+Enter")
    alice.composer.press_sequentially("two")
    alice.composer.press("Enter")
    expect(bob.message("one").locator(".text")).to_have_text("one\ntwo", use_inner_text=True)
    assert alice.id_of("one") == bob.id_of("one")


def test_who_writes_alone_to_somebody_is_in_their_list(person: MakePerson, irc: MakeClient) -> None:
    alice = person().guest("hans").join("#home")
    ida = irc("ida")
    ida.send("PRIVMSG hans :Psst")
    entry = alice.entry("ida")
    expect(entry.locator(".count")).to_have_text("1", timeout=PATIENCE)
    alice.until("document.title.startsWith('(1) ')")
    entry.click()
    alice.message("Psst")
    expect(entry.locator(".count")).to_have_count(0, timeout=PATIENCE)
    alice.say("What is it?")
    ida.expect("PRIVMSG ida :What is it?")


def test_who_writes_is_shown_to_others_and_tells_them(person: MakePerson, irc: MakeClient) -> None:
    alice = person().guest("jana").join("#typing")
    karl = irc("karl", "#typing")
    karl.send("@+typing=active TAGMSG #typing")
    expect(alice.page.locator(".typing")).to_have_text(re.compile("karl is writing"), timeout=PATIENCE)
    karl.send("PRIVMSG #typing :Done")
    expect(alice.page.locator(".typing")).to_have_text("", timeout=PATIENCE)
    alice.composer.press_sequentially("Hm")
    assert "+typing=active" in karl.expect(":jana!") or "+typing=active" in karl.expect("TAGMSG #typing")
    alice.composer.fill("")
    karl.expect("+typing=done")


def test_members_come_and_go_and_are_shown_by_rank(person: MakePerson, irc: MakeClient) -> None:
    lena = person().guest("lena").join("#ranks")
    mona = irc("mona", "#ranks")
    members = lena.page.locator(".members .member .name")
    expect(members).to_have_text(["lena", "mona"], timeout=PATIENCE)
    lena.write("/op mona")
    expect(lena.page.locator(".members h3")).to_have_text(["Operators"], timeout=PATIENCE)
    mona.expect("MODE #ranks +o")
    mona.send("AWAY :Lunch")
    expect(lena.page.locator(".member.is-away .name")).to_have_text("mona", timeout=PATIENCE)
    mona.send("NICK monika")
    expect(members).to_have_text(["lena", "monika"], timeout=PATIENCE)
    mona.send("PART #ranks")
    expect(members).to_have_text(["lena"], timeout=PATIENCE)


def test_the_topic_is_shown_and_changed(person: MakePerson, irc: MakeClient) -> None:
    nina = person().guest("nina").join("#topic")
    nina.page.get_by_role("button", name="Change the topic").click()
    nina.page.get_by_label("Topic", exact=True).fill("Green or black?")
    nina.page.keyboard.press("Enter")
    expect(nina.page.locator(".topic .words")).to_have_text("Green or black?", timeout=PATIENCE)
    otto = irc("otto", "#topic")
    otto.send("TOPIC #topic")
    otto.expect(" 332 otto #topic :Green or black?")
    nina.write("/op otto")
    otto.expect("MODE #topic +o")
    otto.send("TOPIC #topic :Both")
    expect(nina.page.locator(".topic .words")).to_have_text("Both", timeout=PATIENCE)


def test_tab_completes_names_one_after_the_other(person: MakePerson, irc: MakeClient) -> None:
    paul = person().guest("paul").join("#tab")
    irc("petra", "#tab")
    irc("peter", "#tab")
    expect(paul.page.locator(".member")).to_have_count(3, timeout=PATIENCE)
    paul.composer.press_sequentially("pe")
    paul.composer.press("Tab")
    expect(paul.composer).to_have_value("peter: ")
    paul.composer.press("Tab")
    expect(paul.composer).to_have_value("petra: ")
    paul.composer.press("Shift+Tab")
    expect(paul.composer).to_have_value("peter: ")
    paul.composer.fill("hello pet")
    paul.composer.press("Tab")
    expect(paul.composer).to_have_value("hello peter ")


def test_commands_do_what_they_do_in_irc(person: MakePerson, irc: MakeClient) -> None:
    quin = person().guest("quin").join("#commands")
    rosa = irc("rosa", "#commands")
    quin.write("/nick quentin")
    rosa.expect("NICK :quentin")
    quin.inside("quentin")
    quin.write("/mode +m-t")
    rosa.expect("MODE #commands +m-t")
    quin.write("/ban troll")
    rosa.expect("MODE #commands +b troll!*@*")
    quin.write("/whois rosa")
    expect(quin.page.get_by_role("dialog", name="rosa")).to_contain_text("none: a guest", timeout=PATIENCE)
    quin.page.keyboard.press("Escape")
    quin.write("/invite rosa #commands")
    expect(quin.page.locator(".toast")).to_contain_text("rosa", timeout=PATIENCE)
    quin.write("/dance")
    expect(quin.page.locator(".toast").last).to_contain_text("There is no command /dance", timeout=PATIENCE)
    expect(quin.composer).to_have_value("/dance")
    quin.write("/kick rosa Closing time")
    rosa.expect("KICK #commands rosa :Closing time")
    quin.write("/msg rosa See you tomorrow")
    rosa.expect("PRIVMSG rosa :See you tomorrow")
    quin.write("/join #more")
    expect(quin.page.locator(".bar h1")).to_have_text("#more", timeout=PATIENCE)
    quin.write("/part")
    expect(quin.entry("#more")).to_have_count(0, timeout=PATIENCE)
    quin.page.keyboard.press("Escape")
    quin.write("//not a command")
    quin.message("/not a command")
    # Without a text, it is not taken away.
    quin.write("/topic Opening hours")
    rosa.send("JOIN #commands")
    quin.write("/topic")
    expect(quin.page.locator(".toast").last).to_have_text("#commands: Opening hours", timeout=PATIENCE)
    rosa.expect("332 rosa #commands :Opening hours")
    quin.write("/help")
    expect(quin.page.get_by_role("dialog", name="Help")).to_be_visible()


def test_who_is_put_out_sees_why_and_comes_back_when_invited(person: MakePerson, irc: MakeClient) -> None:
    host = irc("host", "#party")
    sven = person().guest("sven").join("#party")
    host.send("MODE #party +i", "KICK #party sven :Too loud")
    expect(sven.page.locator(".toast")).to_have_text("host put you out of #party: Too loud", timeout=PATIENCE)
    expect(sven.page.locator(".outside")).to_contain_text("You are not in #party any more.")
    # There is nobody to be seen and nothing to be changed from outside.
    expect(sven.page.locator(".members, .bar .edit, .composer")).to_have_count(0)
    sven.page.get_by_role("button", name="Come back").click()
    expect(sven.page.locator(".toast").last).to_contain_text("invite", timeout=PATIENCE)
    host.send("INVITE sven #party")
    sven.page.get_by_role("button", name="host invites you to #party. Join").click()
    expect(sven.composer).to_be_visible(timeout=PATIENCE)
    host.expect(":sven!")


def test_what_is_too_long_stays_to_be_made_shorter(person: MakePerson) -> None:
    tina = person().guest("tina").join("#long")
    text = "ä" * 2049
    tina.write(text)
    expect(tina.page.locator(".toast")).to_have_text(
        "That is too long: 4098 bytes, of 4096 at most.", timeout=PATIENCE
    )
    expect(tina.composer).to_have_value(text)
    tina.write(text[1:])
    tina.message(text[1:])


def test_text_goes_in_its_own_direction(person: MakePerson, irc: MakeClient) -> None:
    ute = person().guest("ute").join("#directions")
    irc("viktor", "#directions").send("PRIVMSG #directions :שלום לכולם?", "PRIVMSG #directions :Hello?")
    where = """text => {
        const range = document.createRange();
        const shown = [...document.querySelectorAll('.message .text')].find(each => each.innerText === text);
        range.selectNodeContents(shown);
        const [box, letters] = [shown.getBoundingClientRect(), range.getBoundingClientRect()];
        return letters.left - box.left < box.right - letters.right ? 'left' : 'right';
    }"""
    ute.message("Hello?")
    assert ute.page.evaluate(where, "שלום לכולם?") == "right"
    assert ute.page.evaluate(where, "Hello?") == "left"
