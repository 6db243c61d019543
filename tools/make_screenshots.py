"""Makes docs/images/*.png: the web page in Chromium, with a real daemon behind it and people who talk.

Run from the checkout: `python -m tools.make_screenshots`
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Browser, expect, sync_playwright

from tests.end_to_end.daemon import Client, Daemon
from tests.web.browser import PATIENCE, Person
from tests.web.conftest import CONFIG

IMAGES = Path(__file__).parent.parent / "docs" / "images"

DESKTOP = {"viewport": {"width": 1180, "height": 720}}
PHONE = {
    "viewport": {"width": 375, "height": 720},
    "has_touch": True,
    "is_mobile": True,
    "device_scale_factor": 1.5,
}

TOPIC = "Baking on Saturdays · bring your own starter · https://example.org/rye"

SAID = [
    ("frida", "Good morning! Who took the rye starter out of the fridge?"),
    ("jonas", "me, sorry. I fed it at seven"),
    ("jonas", "it has doubled already, so we can bake at ten"),
    ("frida", "\x02Thank you.\x02 Then I bring flour: https://example.org/mills/stone-ground"),
    ("mira", "\x01ACTION puts the kettle on\x01"),
    ("oven", "The oven is at 180 °C."),
    (
        "mira",
        "ellen: will you be here for the second batch? We need somebody who knows when to stop kneading",
    ),
]


def connect(daemon: Daemon, nick: str) -> Client:
    """Somebody by IRC, in the channel."""
    client = Client(daemon.port("irc"))
    client.send("CAP REQ :message-tags echo-message", f"NICK {nick}", f"USER {nick} 0 * :{nick}", "CAP END")
    client.expect(" 001 ")
    client.send("JOIN #bakery")
    client.expect(" 366 ")
    return client


def say(client: Client, text: str, channel: str = "#bakery", tags: str = "") -> str:
    """The message's id."""
    client.send(f"{tags}PRIVMSG {channel} :{text}")
    return client.expect(f"PRIVMSG {channel} :{text}").split("msgid=")[1][:16]


def talk(daemon: Daemon, ellen: Person) -> list[Client]:
    """People talk while she looks."""
    people = {nick: connect(daemon, nick) for nick in ("frida", "jonas", "mira", "oven", "yusuf", "zoe")}
    ellen.write("/op frida")
    ellen.write("/voice mira")
    ellen.write(f"/topic {TOPIC}")
    people["oven"].send("MODE oven +B")
    people["yusuf"].send("AWAY :School run")
    for channel in ("#garden", "#lost-and-found", "#weekend"):
        people["jonas"].send(f"JOIN {channel}")
        people["jonas"].expect(" 366 ")
        ellen.join(channel)
        ellen.page.locator(".message, .happenings").first.wait_for()
    ellen.entry("#bakery").click()
    ids = [say(people[nick], text) for nick, text in SAID]
    for text in ("The tomatoes are red", "ellen: and yours are ready"):
        say(people["jonas"], text, "#garden")
    say(people["jonas"], "Found: one glove", "#lost-and-found")
    people["mira"].send("PRIVMSG ellen :Shall I keep you a loaf?")
    ellen.message("knows when to stop")
    ellen.act_on("knows when to stop", "Reply")
    ellen.say("I will! The trick is to stop a minute earlier than you think.")
    for nick, text in (("frida", "🎉"), ("mira", "🎉"), ("jonas", "👍")):
        people[nick].send(f"@+draft/react={text};+draft/reply={ids[2]};+reply={ids[2]} TAGMSG #bakery")
    say(people["jonas"], "noted 🙂")
    people["frida"].send("@+typing=active TAGMSG #bakery")
    expect(ellen.page.locator(".reactions button")).to_have_count(2, timeout=PATIENCE)
    expect(ellen.page.locator(".typing")).to_contain_text("frida", timeout=PATIENCE)
    return list(people.values())


def shoot(browser: Browser, daemon: Daemon) -> None:
    url = f"http://127.0.0.2:{daemon.port('web')}/"
    door = Person(browser, url, **DESKTOP)
    door.page.screenshot(path=IMAGES / "web-door.png")
    ellen = Person(browser, url, **DESKTOP).register("ellen").join("#bakery")
    clients = talk(daemon, ellen)
    ellen.page.mouse.move(600, 5)
    ellen.page.screenshot(path=IMAGES / "web-light.png")
    ellen.page.emulate_media(color_scheme="dark")
    ellen.write("/search starter")
    ellen.page.locator(".result").first.wait_for()
    ellen.page.mouse.move(600, 5)
    ellen.page.screenshot(path=IMAGES / "web-dark.png")
    phone = Person(browser, url, **PHONE).sign_in("ellen")
    phone.message("noted")
    phone.page.screenshot(path=IMAGES / "web-phone.png")
    phone.page.get_by_role("button", name="Conversations").tap()
    expect(phone.entry("#bakery")).to_be_in_viewport(timeout=PATIENCE)
    phone.page.evaluate(
        "Promise.all(document.getAnimations()"
        ".map(each => each.effect.getTiming().iterations === 1 && each.finished))"
    )
    phone.page.screenshot(path=IMAGES / "web-phone-drawer.png")
    for client in clients:
        client.close()


def main() -> None:
    program = shutil.which("chromium")
    if program is None:
        sys.exit("Chromium is not installed (tools/need_programs.sh)")
    IMAGES.mkdir(exist_ok=True)
    with (
        tempfile.TemporaryDirectory() as directory,
        Daemon(Path(directory), CONFIG) as daemon,
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        shoot(browser, daemon)
        browser.close()


if __name__ == "__main__":
    main()
