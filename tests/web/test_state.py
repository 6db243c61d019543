"""The page's pure parts, called in Chromium: what events make of the state, texts, completion, commands."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser

from tests.end_to_end.daemon import Daemon
from tests.web.browser import Person

Call = Callable[..., Any]


@pytest.fixture(scope="module")
def page(browser: Browser, daemon: Daemon) -> Iterator[Person]:
    person = Person(browser, f"http://127.0.0.2:{daemon.port('web')}/")
    yield person
    person.context.close()


@pytest.fixture
def call(page: Person) -> Call:
    """Calls a function of a module of the page."""

    def call(module: str, name: str, *arguments: object) -> Any:
        return page.page.evaluate(
            "async ([module, name, given]) => (await import(`/app/${module}.js`))[name](...given)",
            [module, name, list(arguments)],
        )

    return call


@pytest.fixture
def told(page: Person) -> Call:
    """The state after some actions, each with what is given beside its type."""

    def told(*actions: dict[str, object]) -> Any:
        return page.page.evaluate(
            """async (actions) => {
                const [{reduce}, {initial}] = await Promise.all([import('/app/state/reducer.js'), import('/app/state/state.js')]);
                return actions.reduce((state, action) => {
                    const before = JSON.stringify(state);
                    const after = reduce(state, action);
                    if (JSON.stringify(state) !== before) throw new Error(`${action.type} changed the state that it was given`);
                    return after;
                }, initial);
            }""",
            list(actions),
        )

    return told


WELCOME: dict[str, object] = {
    "type": "welcomed",
    "fresh": True,
    "ok": {
        "user": {"nick": "alice", "account": "alice"},
        "server": "irc.test",
        "network": "Net",
        "casemapping": "ascii",
        "limits": {},
        "channels": [
            {"channel": "#Tea", "members": [{"nick": "alice"}, {"nick": "Bob", "ranks": ["op"]}]},
            {"channel": "#cake", "members": [{"nick": "alice"}, {"nick": "Bob"}]},
        ],
    },
}


def event(number: int, name: str, nick: str | None = "Bob", **fields: object) -> dict[str, object]:
    found: dict[str, object] = {
        "event": name,
        "msgid": f"{number:016x}",
        "time": f"2026-01-01T00:00:{number:02}.000Z",
    }
    if nick:
        found["from"] = {"nick": nick}
    return {"type": "event", "now": 0, "event": {**found, **fields}}


def message(
    number: int, text: str, nick: str = "Bob", target: str = "#tea", **fields: object
) -> dict[str, object]:
    return event(number, "message", nick, target=target, text=text, kind="message", **fields)


def test_messages_are_kept_once_and_in_order(told: Call) -> None:
    state = told(WELCOME, message(1, "one"), message(3, "three"), message(2, "two"), message(3, "three"))
    assert [each["text"] for each in state["conversations"]["#tea"]["messages"]] == ["one", "two", "three"]
    assert state["conversations"]["#tea"]["unread"] == 3


def test_what_names_one_counts_apart_and_own_words_are_read(told: Call) -> None:
    state = told(WELCOME, message(1, "malice"), message(2, "hey, ALICE!"), message(3, "hi", target="alice"))
    assert (state["conversations"]["#tea"]["unread"], state["conversations"]["#tea"]["mentions"]) == (2, 1)
    assert (state["conversations"]["bob"]["unread"], state["conversations"]["bob"]["mentions"]) == (1, 1)
    assert (
        told(WELCOME, message(1, "one"), message(2, "mine", "alice"))["conversations"]["#tea"]["unread"] == 0
    )


def test_a_read_marker_counts_anew_and_does_not_go_back(told: Call) -> None:
    def mark(second: int) -> dict[str, object]:
        return event(9, "mark", "alice", target="#tea", to=f"2026-01-01T00:00:{second:02}.000Z")

    said = [message(number, "word") for number in (1, 2, 3)]
    assert told(WELCOME, *said, mark(2))["conversations"]["#tea"]["unread"] == 1
    assert told(WELCOME, *said, mark(3), mark(1))["conversations"]["#tea"]["unread"] == 0


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 2, 0)])
def test_the_latest_of_reactions_counts_in_whatever_order_they_are_told(
    told: Call, order: tuple[int, ...]
) -> None:
    reactions = [
        event(number, "message", target="#tea", text="", kind="tag", reply="m", **{how: "🍰"})
        for number, how in ((5, "react"), (6, "unreact"), (7, "react"))
    ]
    state = told(WELCOME, *(reactions[each] for each in order))
    assert state["conversations"]["#tea"]["reactions"]["m"]["🍰"]["Bob"]["on"] is True
    assert state["conversations"]["#tea"]["messages"] == []


def test_people_come_go_and_change(told: Call) -> None:
    here = told(WELCOME)["conversations"]["#tea"]["members"]
    assert {name: each["ranks"] for name, each in here.items()} == {"alice": [], "bob": ["op"]}
    state = told(
        WELCOME,
        event(1, "nick", nick="Bob")
        | {
            "event": {
                "event": "nick",
                "msgid": "1",
                "time": "2026-01-01T00:00:01.000Z",
                "from": {"nick": "Bob"},
                "nick": "Robert",
            }
        },
        event(2, "join", "Carol", channel="#tea", created=False),
        event(
            3, "modes", "Robert", channel="#tea", changes=[{"mode": "voice", "add": True, "value": "Carol"}]
        ),
        event(4, "away", "Carol", text="Lunch"),
        event(5, "part", "Robert", channel="#cake"),
    )
    tea, cake = state["conversations"]["#tea"], state["conversations"]["#cake"]
    assert list(tea["members"]) == ["alice", "robert", "carol"]
    assert tea["members"]["carol"]["ranks"] == ["voice"]
    assert tea["members"]["carol"]["away"] is True
    assert list(cake["members"]) == ["alice"]
    gone = told(WELCOME, event(1, "quit", reason="Quit: Home"))
    assert [list(gone["conversations"][name]["members"]) for name in ("#tea", "#cake")] == [
        ["alice"],
        ["alice"],
    ]


def test_who_is_put_out_is_not_there_any_more(told: Call) -> None:
    state = told(WELCOME, event(1, "kick", channel="#tea", user={"nick": "alice"}, reason="Out"))
    assert state["conversations"]["#tea"]["joined"] is False
    assert state["conversations"]["#tea"]["members"] == {}


def test_the_past_is_joined_to_what_is_there_and_a_gap_is_not_hidden(told: Call) -> None:
    def page(where: str, numbers: list[int], more: bool) -> dict[str, object]:
        events = [message(number, str(number))["event"] for number in numbers]
        return {"type": "told", "name": "#tea", "page": {"where": where, "events": events, "more": more}}

    def numbers(*actions: dict[str, object]) -> list[int]:
        return [int(each["text"]) for each in told(WELCOME, *actions)["conversations"]["#tea"]["messages"]]

    assert numbers(page("latest", [5, 6], True), page("older", [3, 4], False)) == [3, 4, 5, 6]
    # What came while it was asked for stays behind it.
    assert numbers(message(7, "7"), page("latest", [5, 6], True)) == [5, 6, 7]
    # It goes on where it was, if it reaches so far; else what was before the gap is not shown as if there were none.
    assert numbers(page("latest", [1, 2], False), page("latest", [2, 3], True)) == [1, 2, 3]
    assert numbers(page("latest", [1, 2], False), page("latest", [8, 9], True)) == [8, 9]
    # Somewhere in the past, nothing new is put behind what is not next to it.
    assert numbers(page("around", [2, 3, 4], False), message(9, "9")) == [2, 3, 4]
    assert numbers(page("around", [2, 3], False), page("newer", [4, 5], False), message(6, "6")) == [
        2,
        3,
        4,
        5,
        6,
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("plain", [("plain", "")]),
        ("\x02bold\x02 not", [("bold", "f-bold"), (" not", "")]),
        ("\x0304,01red\x0399 gone\x03", [("red", "c-4"), (" gone", "")]),
        ("\x02\x1dboth\x0f none", [("both", "f-bold f-italic"), (" none", "")]),
        ("\x04ff0000hex\x04 none", [("hex", ""), (" none", "")]),
        ("a\x00\u202eb", [("ab", "")]),
    ],
)
def test_formatting_becomes_runs(call: Call, text: str, expected: list[tuple[str, str]]) -> None:
    assert [(run["text"], run["className"]) for run in call("text/formatting", "runs", text)] == expected


@pytest.mark.parametrize(
    ("text", "links"),
    [
        ("http://a.example", ["http://a.example"]),
        ("(see https://a.example/b).", ["https://a.example/b"]),
        (
            "https://a.example/x_(y) and https://b.example/?a=1&b=2!",
            ["https://a.example/x_(y)", "https://b.example/?a=1&b=2"],
        ),
        ("HTTPS://A.example", ["HTTPS://A.example"]),
        ("javascript:alert(1) data:text/html,x ftp://a.example mailto:a@b.example http:// https://", []),
        ('https://a.example/"onclick="x', ["https://a.example/"]),
    ],
)
def test_links_are_found_and_nothing_else(call: Call, text: str, links: list[str]) -> None:
    runs = call("text/formatting", "runs", text)
    assert [run["href"] for run in runs if run.get("href")] == links
    assert "".join(run["text"] for run in runs) == text


@pytest.mark.parametrize(
    ("text", "changes"),
    [
        ("+o alice", [("op", True, "alice")]),
        ("+v-o bob carol", [("voice", True, "bob"), ("op", False, "carol")]),
        ("+mk word", [("moderated", True, None), ("key", True, "word")]),
        ("-l", [("limit", False, None)]),
        ("+invite_only", [("invite_only", True, None)]),
        ("-topic_protected", [("topic_protected", False, None)]),
    ],
)
def test_modes_are_written_as_in_irc_or_by_their_names(
    call: Call, text: str, changes: list[tuple[str, bool, str | None]]
) -> None:
    found = call("commands", "changesOf", text)
    assert [(each["mode"], each["add"], each.get("value")) for each in found] == changes


def test_names_are_the_same_as_the_server_has_it(page: Person) -> None:
    fold = "async ([how, name]) => (await import('/app/text/names.js')).folding(how)(name)"
    assert page.page.evaluate(fold, ["ascii", "ÄB[]~"]) == "Äb[]~"
    assert page.page.evaluate(fold, ["rfc1459", "AB[]\\~"]) == "ab{}|^"
    assert page.page.evaluate(fold, ["rfc8265", "ÄΣ"]) == "äσ"


def test_what_merely_happened_is_told_in_few_words(call: Call) -> None:
    def happening(nick: str, what: str, text: str) -> dict[str, str]:
        return {"nick": nick, "what": what, "text": text}

    some = [happening(nick, "join", "joined") for nick in "abcdef"] + [
        happening("a", "quit", "quit (Ping timeout)")
    ]
    assert call("views/items", "summary", some) == ["a, b, c and 3 others joined", "a quit"]


def test_what_changes_before_the_page_has_looked_is_shown(page: Person) -> None:
    shown = page.page.evaluate(
        """async () => {
            const [{html, render, useStored}, {createStore}] = await Promise.all(
                [import('/app/views/ui.js'), import('/app/state/store.js')]);
            const store = createStore((_, {text}) => text, 'before');
            const where = document.createElement('div');
            const Shown = () => html`<p>${useStored(store)}</p>`;
            render(html`<${Shown} />`, where);
            store.dispatch({text: 'after'});
            while (where.innerText === 'before' && !(where.waited > 50)) {
                where.waited = (where.waited ?? 0) + 1;
                await new Promise(requestAnimationFrame);
            }
            return where.innerText;
        }"""
    )
    assert shown == "after"


def test_what_is_said_twice_is_shown_once(told: Call) -> None:
    toasts = [{"type": "toast", "toast": {"id": number, "text": text}} for number, text in enumerate("abacd")]
    assert [each["text"] for each in told(*toasts)["toasts"]] == ["a", "c", "d"]


def test_the_past_goes_on_behind_what_makes_no_entry(told: Call) -> None:
    reactions = [
        event(number, "message", target="#tea", text="", kind="tag", reply="m", react="🍰")["event"]
        for number in (3, 4)
    ]
    latest = {"where": "latest", "events": [message(5, "5")["event"]], "more": True}
    older = {"where": "older", "events": reactions, "more": True}
    pages: list[dict[str, object]] = [
        {"type": "told", "name": "#tea", "page": page} for page in (latest, older)
    ]
    at = told(WELCOME, *pages)["conversations"]["#tea"]
    assert at["oldest"] == f"{3:016x}"
    assert [each["text"] for each in at["messages"]] == ["5"]


def test_comings_and_goings_are_one_row_however_many(call: Call) -> None:
    joined = {"at": 1000, "kind": "happening", "what": "join", "nick": "Bob", "text": "joined"}
    entries = [{"id": f"{number:016x}", **joined} for number in range(1, 41)]
    said = {"id": f"{41:016x}", "at": 1000, "kind": "message", "nick": "Bob", "text": "Hi"}
    rows: list[dict[str, Any]] = call("views/items", "items", [*entries, said], said["id"])
    assert [row["type"] for row in rows] == ["day", "happenings", "new", "said"]
    assert [row["upto"] for row in rows] == [entries[0]["id"], entries[-1]["id"], said["id"], said["id"]]
