"""All documents: what they link to is there, headings too, and so are the modules that the glossary and the table of
parts name."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DOCUMENTS = [
    ROOT / "README.md",
    ROOT / "CONTRIBUTING.md",
    ROOT / "CHANGELOG.md",
    *sorted((ROOT / "docs").rglob("*.md")),
]
LINK = re.compile(r"\]\(([^)\s]+)\)")
PACKAGE = ROOT / "chatdaemon"


def named(path: Path) -> str:
    return str(path.relative_to(ROOT))


def prose(path: Path) -> str:
    """A document without its examples, which are between fences."""
    return re.sub(r"^```.*?^```", "", path.read_text(), flags=re.MULTILINE | re.DOTALL)


def anchors(path: Path) -> set[str]:
    """What the headings of a document can be linked to by, as GitHub makes it of them."""
    found: set[str] = set()
    for heading in re.findall(r"^#+ (.*)", prose(path), re.MULTILINE):
        words = re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")
        anchor, number = words, 0
        while anchor in found:
            number += 1
            anchor = f"{words}-{number}"
        found.add(anchor)
    return found


@pytest.mark.parametrize("document", DOCUMENTS, ids=named)
def test_what_is_linked_to_is_there(document: Path) -> None:
    lost = []
    for target in LINK.findall(prose(document)):
        name, _, anchor = target.partition("#")
        if "://" in name:
            continue
        path = document.parent / name if name else document
        if not path.exists() or (anchor and anchor not in anchors(path)):
            lost.append(target)
    assert lost == []


@pytest.mark.parametrize("document", ["architecture.md", "glossary.md"])
def test_the_modules_that_are_named_are_there(document: str) -> None:
    """The first cell of a row in the table of parts, the last one in the glossary; names in one cell may go on from the
    directory of the one before."""
    cell = 0 if document == "architecture.md" else -1
    rows = re.findall(r"^\| (.*) \|$", (ROOT / "docs" / document).read_text(), re.MULTILINE)
    names = [re.findall(r"`([\w/.]+(?:\.py|/))`", row.split(" | ")[cell]) for row in rows]
    assert sum(map(len, names)) > 20
    lost = []
    for row in names:
        before = PACKAGE
        for name in row:
            if not (PACKAGE / name).exists() and not (before / name).exists():
                lost.append(name)
            before = (PACKAGE / name).parent
    assert lost == []
