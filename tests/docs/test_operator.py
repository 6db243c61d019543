"""docs/operator.md: what it shows of the configuration can be taken as it stands."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from chatdaemon.config import load

TEXT = (Path(__file__).parents[2] / "docs" / "operator.md").read_text()


def section(title: str) -> str:
    """The text under a heading, down to the next."""
    found = re.search(rf"^#+ {re.escape(title)}\n(.*?)(?=^#)", TEXT, re.MULTILINE | re.DOTALL)
    assert found is not None
    return found[1]


def shown(title: str) -> str:
    """The ini file that is shown under a heading, without what is shown of other programs' files."""
    lines = re.findall(r"^    (.*)$", section(title).partition("\nnginx:")[0], re.MULTILINE)
    return "\n".join(line for line in lines if re.match(r"\[|[a-z-]+ = ", line)) + "\n"


@pytest.mark.parametrize(
    "title", ["Browsers", "Behind a reverse proxy", "Behind a load balancer (PROXY protocol)"]
)
def test_what_is_shown_of_web_listeners_and_proxies_is_a_configuration(tmp_path: Path, title: str) -> None:
    text = shown(title)
    assert "[listener" in text
    for name in ("chain.pem", "key.pem"):
        (tmp_path / name).write_text("")
        (tmp_path / name).chmod(0o600)
    path = tmp_path / "chatdaemon.ini"
    path.write_text(text.replace("/etc/chatdaemon", str(tmp_path)))
    found = load(path, environ={}, hostname=lambda: "localhost")
    assert found.listeners
    assert not found.warnings
