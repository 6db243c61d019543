"""What was said before, what was not read yet, and finding it again."""

from __future__ import annotations

from itertools import count

import pytest
from playwright.sync_api import expect

from tests.web.browser import PASSWORD, PATIENCE, Person
from tests.web.conftest import MakeClient, MakePerson

LINES = 400
CHANNELS = count()


@pytest.fixture
def told(irc: MakeClient) -> str:
    """A channel in which much was said."""
    channel = f"#past{next(CHANNELS)}"
    teller = irc(f"teller{channel[1:]}", channel)
    teller.send(*(f"PRIVMSG {channel} :Line {number}!" for number in range(LINES)))
    teller.expect(f"PRIVMSG {channel} :Line {LINES - 1}!")
    return channel


def test_scrolling_up_tells_what_was_said_before_and_stays_where_one_looks(
    told: str, person: MakePerson
) -> None:
    anna = person().guest("anna").join(told)
    anna.message(f"Line {LINES - 1}!")
    shown = "document.querySelector('.messages').scrollTop + document.querySelector('.messages').clientHeight"
    anna.until(f"Math.abs({shown} - document.querySelector('.messages').scrollHeight) < 30")
    watched = 0
    while "Line 0!" not in anna.texts():
        # What is looked at, and where it is, before and after more comes above it.
        oldest = anna.page.locator(".message[data-id]:not(.happening)").first
        before = oldest.get_attribute("data-id")
        at = anna.page.evaluate(
            """() => {
                const box = document.querySelector('.messages');
                box.scrollTop = 40;
                return document.querySelector('.message[data-id]:not(.happening)').getBoundingClientRect().top;
            }"""
        )
        anna.until(
            "id => document.querySelector('.message[data-id]:not(.happening)').dataset.id !== id", before
        )
        now = anna.page.evaluate(
            "id => document.querySelector(`[data-id='${id}']`).getBoundingClientRect().top", before
        )
        assert abs(now - at) < 3, (before, at, now)
        watched += 1
    assert watched >= 3
    # No more than a part of it is in the document, whatever was scrolled through.
    assert anna.page.locator(".message[data-id]").count() <= 181
    numbers = [int(text.split()[1].rstrip("!")) for text in anna.texts()]
    assert numbers == list(range(len(numbers)))
    anna.page.get_by_role("button", name="To the present").click()
    anna.message(f"Line {LINES - 1}!")


def test_who_scrolls_faster_than_the_past_is_told_gets_to_the_beginning(
    told: str, person: MakePerson
) -> None:
    berta = person().guest("berta").join(told)
    berta.message(f"Line {LINES - 1}!").hover()
    # At the top there is nothing to scroll that would say that more is wanted.
    for _ in range(30):
        berta.page.mouse.wheel(0, -100_000)
        berta.page.wait_for_timeout(10)
    berta.page.locator(".messages").evaluate("box => { box.scrollTop = 0 }")
    berta.until(
        """() => {
            const box = document.querySelector('.messages');
            if (box.scrollTop) box.scrollTop = 0;
            return document.querySelector('.beginning')?.innerText.startsWith('This is where');
        }"""
    )
    berta.message("Line 0!")


def test_who_scrolls_away_from_the_end_is_not_taken_back_by_pointing_at_a_message(
    told: str, person: MakePerson
) -> None:
    clara = person().guest("clara").join(told)
    clara.message(f"Line {LINES - 1}!").hover()
    now = clara.page.evaluate(
        """() => {
            const box = document.querySelector('.messages');
            box.scrollTop -= 300;
            const there = box.scrollTop;
            const row = document.elementFromPoint(600, 300).closest('li');
            // As the mouse does, before the browser has said that it was scrolled.
            row.dispatchEvent(new MouseEvent('mouseenter'));
            return new Promise(done => setTimeout(() => requestAnimationFrame(() => done([there, box.scrollTop]))));
        }"""
    )
    assert abs(now[0] - now[1]) < 3


def test_however_many_come_and_go_the_end_is_what_one_looks_at(person: MakePerson, irc: MakeClient) -> None:
    dora = irc("dora", "#door")
    guest = irc("guest")
    for number in range(40):
        dora.send(f"PRIVMSG #door :Before {number}")
    for _ in range(150):
        guest.send("JOIN #door", "PART #door")
    guest.send("JOIN #door")
    for _ in range(151):
        guest.expect("JOIN #door")
    elke = person().guest("elke").join("#door")
    elke.message("Before 39")
    dora.send("PRIVMSG #door :Now")
    expect(elke.message("Now")).to_be_in_viewport(timeout=PATIENCE)
    expect(elke.page.locator(".present")).to_have_count(0)


def test_what_was_not_read_is_counted_and_marked(person: MakePerson, irc: MakeClient) -> None:
    bea = person().guest("bea").join("#unread").join("#other")
    carl = irc("carl", "#unread")
    for text in ("one", "two", "bea: three"):
        carl.send(f"PRIVMSG #unread :{text}")
    count = bea.entry("#unread").locator(".count")
    expect(count).to_have_text("1", timeout=PATIENCE)  # one of them is for her
    expect(bea.entry("#unread")).to_have_attribute("aria-label", "#unread, 1 for you")
    bea.entry("#unread").click()
    bea.message("one")
    expect(bea.page.locator("li.new + .message .text")).to_have_text("one")
    expect(count).to_have_count(0, timeout=PATIENCE)


def open_away_from(person: Person, channel: str) -> None:
    """Have a channel, and look at another."""
    person.join(channel)
    person.join("#elsewhere")


def test_what_an_irc_client_has_read_is_read_here(person: MakePerson, irc: MakeClient) -> None:
    dana = person().register("dana")
    open_away_from(dana, "#marks")
    same = irc("dana", password=PASSWORD)
    erna = irc("erna", "#marks")
    erna.send("PRIVMSG #marks :Did you see this?")
    count = dana.entry("#marks").locator(".count")
    expect(count).to_have_text("1", timeout=PATIENCE)
    line = same.expect("Did you see this?")
    time = line.split("time=")[1][:24]
    same.send(f"MARKREAD #marks timestamp={time}")
    expect(count).to_have_count(0, timeout=PATIENCE)

    # And the other way: what is read here is read there.
    erna.send("PRIVMSG #marks :And this?")
    expect(count).to_have_text("1", timeout=PATIENCE)
    time = same.expect("And this?").split("time=")[1][:24]
    dana.entry("#marks").click()
    same.expect(f"MARKREAD #marks timestamp={time}")


def test_a_search_finds_messages_and_goes_there(told: str, person: MakePerson) -> None:
    fanny = person().guest("fanny").join(told)
    fanny.message(f"Line {LINES - 1}!")
    assert "Line 7!" not in fanny.texts()
    fanny.write('/search "Line 7"')
    fanny.page.locator(".result", has_text="Line 7!").click()
    found = fanny.message("Line 7!")
    expect(found).to_be_in_viewport(timeout=PATIENCE)
    # From there one can go on down to the present.
    fanny.page.get_by_role("button", name="To the present").click()
    expect(fanny.message(f"Line {LINES - 1}!")).to_be_in_viewport(timeout=PATIENCE)


def test_what_was_found_where_all_fits_is_the_present(person: MakePerson) -> None:
    frank = person().guest("frank").join("#short")
    frank.say("Here it is")
    frank.write("/search here")
    frank.page.locator(".result").click()
    expect(frank.message("Here it is")).to_be_focused(timeout=PATIENCE)
    expect(frank.page.locator(".present")).to_have_count(0)


def test_a_search_that_finds_nothing_says_so(person: MakePerson) -> None:
    gunda = person().guest("gunda").join("#nothing")
    gunda.page.get_by_role("button", name="Search", exact=True).click()
    gunda.page.get_by_label("Words to look for").fill("unicorns")
    gunda.page.keyboard.press("Enter")
    expect(gunda.page.locator(".search .hint")).to_have_text("Nothing was found.", timeout=PATIENCE)


def test_days_are_divided(person: MakePerson) -> None:
    hella = person().guest("hella").join("#days")
    hella.say("Good morning")
    expect(hella.page.locator("li.day")).to_have_text(["Today"])
