"""Texts are shown as texts, whatever is in them."""

from __future__ import annotations

import re
from pathlib import Path

from playwright.sync_api import expect

import chatdaemon
from tests.web.conftest import MakeClient, MakePerson

PAGE = Path(chatdaemon.__file__).parent / "web"

MARKUP = [
    "<script>window.hurt = 1</script>",
    '<img src=x onerror="window.hurt = 1">',
    '"><svg onload=window.hurt=1>',
    "javascript:window.hurt=1",
    "</p></div><iframe srcdoc='<script>parent.hurt=1</script>'></iframe>",
    "${window.hurt=1} {{window.hurt=1}} <b>bold</b> &lt;i&gt;",
]


def test_markup_in_messages_is_shown_as_text_and_no_script_runs(person: MakePerson, irc: MakeClient) -> None:
    alice = person().guest("alice").join("#markup")
    mallory = irc("mallory", "#markup")
    for text in MARKUP:
        mallory.send(f"PRIVMSG #markup :{text}")
        expect(alice.page.locator(".message .text").last).to_have_text(text)
    for text in MARKUP:
        alice.write(text)
        expect(alice.page.locator(".message[data-id].own .text").last).to_have_text(text)
    mallory.send(f"PART #markup :{MARKUP[1]}", "JOIN #markup")
    alice.write(f"/topic {MARKUP[1]}")
    expect(alice.page.locator(".topic .words")).to_have_text(MARKUP[1])
    assert alice.page.evaluate("window.hurt") is None
    assert (
        alice.page.locator("main img, main iframe, main script, .text svg, .text b:not([class])").count() == 0
    )


def test_links_are_links_and_tell_nobody_where_they_were(person: MakePerson, irc: MakeClient) -> None:
    bob = person().guest("bob").join("#links")
    irc("linker", "#links").send(
        "PRIVMSG #links :See https://example.net/a_(b)?c=d&e, (http://example.org/) or ftp://x.example javascript:alert(1)"
    )
    links = bob.page.locator(".message .text a")
    expect(links).to_have_text(["https://example.net/a_(b)?c=d&e", "http://example.org/"])
    for link in links.all():
        assert link.get_attribute("rel") == "noopener noreferrer"
        assert link.get_attribute("target") == "_blank"
    assert links.first.get_attribute("href") == "https://example.net/a_(b)?c=d&e"


def test_formatting_of_irc_is_shown_and_its_codes_are_not(person: MakePerson, irc: MakeClient) -> None:
    carla = person().guest("carla").join("#codes")
    irc("painter", "#codes").send(
        "PRIVMSG #codes :\x02bold\x02 \x1ditalic\x0f \x0304,01red\x03 \x11code\x11 \x16odd plain\u202e"
    )
    text = carla.page.locator(".message .text").last
    expect(text).to_have_text("bold italic red code odd plain")
    expect(text.locator(".f-bold")).to_have_text("bold")
    expect(text.locator(".f-italic")).to_have_text("italic")
    expect(text.locator(".c-4")).to_have_text("red")


def test_what_may_run_is_what_the_server_has(person: MakePerson) -> None:
    dora = person()
    answer = dora.page.request.get(dora.url)
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "require-trusted-types-for 'script'" in policy


def test_no_file_of_the_page_makes_markup_of_texts() -> None:
    unsafe = re.compile(
        r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function|srcdoc|setAttribute\(\s*[\"']on"
    )
    sources = [*PAGE.glob("app/**/*.js"), PAGE / "index.html"]
    assert len(sources) > 20
    assert [path.name for path in sources if unsafe.search(path.read_text())] == []


def test_the_page_has_no_script_and_no_style_in_it() -> None:
    index = (PAGE / "index.html").read_text()
    assert not re.search(r"<style|style=|\bon[a-z]+=|<script(?![^>]*\bsrc=)", index)


def test_modules_stay_small() -> None:
    assert [path.name for path in PAGE.glob("app/**/*.js") if len(path.read_text().splitlines()) > 300] == []
