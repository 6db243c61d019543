"""A connection that is lost comes back, with nothing lost and nothing said twice."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import Page, expect

from tests.end_to_end.daemon import Daemon
from tests.web.browser import PATIENCE, Cutter, Person
from tests.web.conftest import CONFIG, MakeClient, MakePerson


def test_nothing_is_lost_or_doubled_over_a_cut(person: MakePerson, irc: MakeClient, cutter: Cutter) -> None:
    alice = person(cutter).guest("alice").join("#cut")
    carol = irc("carol", "#cut")
    alice.say("Before, from here")
    carol.send("PRIVMSG #cut :Before, from there")
    alice.message("Before, from there")

    cutter.cut()
    expect(alice.page.locator(".connection")).to_be_visible(timeout=PATIENCE)
    for number in range(3):
        carol.send(f"PRIVMSG #cut :Meanwhile {number}")
    carol.expect("Meanwhile 2")
    # What is written now waits.
    for number in range(3):
        alice.write(f"Written offline {number}")
    expect(alice.page.locator(".message.pending")).to_have_count(3)

    cutter.mend()
    expect(alice.page.locator(".connection")).to_have_count(0, timeout=PATIENCE)
    expect(alice.page.locator(".message.pending")).to_have_count(0, timeout=PATIENCE)
    for number in range(3):
        carol.expect(f"PRIVMSG #cut :Written offline {number}")
        alice.message(f"Meanwhile {number}")
    alice.say("After")
    carol.expect("PRIVMSG #cut :After")
    said = [line for line in carol.seen if "PRIVMSG #cut" in line]
    assert [line.rpartition(" :")[2] for line in said if ":carol" not in line] == [
        "Before, from here",
        *(f"Written offline {number}" for number in range(3)),
        "After",
    ]
    assert alice.texts() == [
        "Before, from here",
        "Before, from there",
        *(f"Meanwhile {number}" for number in range(3)),
        *(f"Written offline {number}" for number in range(3)),
        "After",
    ]


def test_what_was_sent_as_the_connection_went_is_said_once(
    person: MakePerson, irc: MakeClient, cutter: Cutter
) -> None:
    bob = person(cutter).guest("bob").join("#once")
    carol = irc("carla", "#once")
    for number in range(5):
        # The answer may be lost, or the question: nobody knows.
        bob.write(f"Number {number}")
        cutter.cut()
        expect(bob.page.locator(".connection")).to_be_visible(timeout=PATIENCE)
        cutter.mend()
        expect(bob.page.locator(".connection")).to_have_count(0, timeout=PATIENCE)
        bob.message(f"Number {number}")
        expect(bob.page.locator(".message.pending")).to_have_count(0, timeout=PATIENCE)
    bob.say("Done")
    carol.expect("PRIVMSG #once :Done")
    said = [line.rpartition(" :")[2] for line in carol.seen if "PRIVMSG #once" in line]
    assert said == [*(f"Number {number}" for number in range(5)), "Done"]
    assert bob.texts() == said


def test_a_tab_that_is_loaded_again_goes_on(person: MakePerson) -> None:
    dora = person().register("dora")
    dora.join("#again")
    dora.say("Still here")
    dora.page.reload()
    dora.inside("dora")
    expect(dora.page.locator(".me .standing")).to_have_text("signed in")
    dora.message("Still here")


def test_what_cannot_be_sent_says_why_and_can_be_tried_again(person: MakePerson, irc: MakeClient) -> None:
    erik = person().guest("erik")
    fred = irc("fred", "#quiet")
    erik.join("#quiet")
    fred.send("MODE #quiet +m")
    fred.expect("MODE #quiet +m")
    erik.write("May I?")
    failed = erik.page.locator(".message.failed")
    expect(failed).to_contain_text("Not sent", timeout=PATIENCE)
    fred.send("MODE #quiet -m")
    fred.expect("MODE #quiet -m")
    failed.get_by_role("button", name="Try again").click()
    fred.expect("PRIVMSG #quiet :May I?")
    expect(failed).to_have_count(0, timeout=PATIENCE)


def copied(person: Person) -> Page:
    """A second tab with what the first one keeps: what browsers make when they duplicate a tab."""
    kept = person.page.evaluate("({...sessionStorage})")
    tab = person.open()
    tab.evaluate("kept => { for (const name in kept) sessionStorage[name] = kept[name]; }", kept)
    tab.reload()
    return tab


def test_a_copy_of_a_tab_does_not_take_its_session(person: MakePerson) -> None:
    frieda = person().guest("frieda").join("#copied")
    tab = copied(frieda)
    expect(tab.get_by_role("button", name="As a guest")).to_be_visible(timeout=PATIENCE)
    frieda.say("Still here")
    tab.close()


def test_two_tabs_do_not_take_a_session_from_each_other_for_ever(person: MakePerson) -> None:
    gast = person().guest("gast").join("#both")
    # As a tab has it that nobody looks at.
    gast.page.evaluate("dispatchEvent(new PageTransitionEvent('pagehide'))")
    tab = copied(gast)
    expect(tab.locator(".me .nick")).to_have_text("gast", timeout=PATIENCE)
    expect(gast.page.locator(".toast")).to_have_text("You went on in another window.", timeout=PATIENCE)
    expect(gast.page.get_by_role("button", name="As a guest")).to_be_visible()
    expect(tab.locator(".bar h1")).to_have_text("#both")
    tab.close()


def test_two_tabs_of_an_account_have_a_session_each(person: MakePerson) -> None:
    heidi = person().register("heidi").join("#mine")
    heidi.page.evaluate("dispatchEvent(new PageTransitionEvent('pagehide'))")
    tab = copied(heidi)
    expect(tab.locator(".bar h1")).to_have_text("#mine", timeout=PATIENCE)
    expect(heidi.page.locator(".connection")).to_have_count(0, timeout=PATIENCE)
    heidi.say("From the first")
    expect(tab.locator(".message[data-id] .text", has_text="From the first")).to_have_count(
        1, timeout=PATIENCE
    )
    tab.close()


def test_a_server_that_was_restarted_finds_everybody_where_they_were(
    person: MakePerson, tmp_path: Path
) -> None:
    with Daemon(tmp_path, CONFIG) as before:
        cutter = Cutter(before.port("web"))
        inga = person(cutter).register("inga").join("#home").join("#kitchen")
        guest = person(cutter).guest("jan").join("#home")
        inga.entry("#home").click()
        guest.say("Good night")
        inga.message("Good night")
        before.stop()
        cutter.cut()
    expect(inga.page.locator(".connection")).to_be_visible(timeout=PATIENCE)
    inga.write("Good morning")
    with Daemon(tmp_path, CONFIG) as after:
        cutter.mend(after.port("web"))
        for each in (inga, guest):
            each.page.evaluate("dispatchEvent(new Event('online'))")
            expect(each.page.locator(".connection")).to_have_count(0, timeout=PATIENCE)
            # Who is back first makes the channel, and is at the top of it.
            for nick in ("inga", "jan"):
                expect(each.page.locator(".member .name", has_text=nick)).to_have_count(1, timeout=PATIENCE)
        inga.say("And?")
        guest.message("And?")
        expect(inga.page.locator(".message.pending")).to_have_count(0)
        inga.message("Good morning")
        expect(inga.page.locator(".entry.left")).to_have_count(0)
        # Both are who they were.
        expect(inga.page.locator(".me .standing")).to_have_text("signed in")
        guest.inside("jan")
        cutter.close()
        assert not after.complaints()
