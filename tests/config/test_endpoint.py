"""Endpoint strings: the sound ones, and what is said of the others."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatdaemon.config.endpoint import check_endpoint, is_exposed


@pytest.mark.parametrize(
    "text",
    [
        "tcp:6667",
        "tcp:0:interface=127.0.0.1",
        "tcp:port=6667:backlog=1024",
        "tcp:6667:127.0.0.1",
        "tcp6:6697",
        "tcp6:6697:interface=\\:\\:1",
        "unix:/run/chat.sock:mode=660",
        "systemd:domain=INET6:index=0",
        "systemd:INET:name=ircs",
    ],
)
def test_endpoints_that_can_be_listened_on_are_taken(text: str) -> None:
    check_endpoint(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("tpc:6667", '"tpc" is not an endpoint; did you mean "tcp"?'),
        ("6667", '"6667" is not an endpoint'),
        ("tcp", 'a "tcp:" endpoint needs its port'),
        ("tcp:irc", 'the port "irc" is not a number from 0 to 65535'),
        ("tcp:70000", 'the port "70000" is not a number from 0 to 65535'),
        ("tcp:1:::4", 'a "tcp:" endpoint has at most 3 arguments: port, interface, backlog'),
        ("tcp:6667:interfce=127.0.0.1", 'a "tcp:" endpoint has no "interfce"; did you mean "interface"?'),
        ("tcp:6667:port=6668", 'the port is given twice in "tcp:"'),
        ("tcp:6667:backlog=many", 'the backlog "many" is not a number from 0 to 1048576'),
        ("unix:", 'a "unix:" endpoint needs its address'),
        ("unix:/x:mode=rw", 'the mode "rw" is not an octal number such as 660'),
        ("systemd:domain=IPV4:index=0", 'the domain is INET, INET6 or UNIX, not "IPV4"'),
        ("systemd:INET", 'a "systemd:" endpoint has either an index or a name'),
        ("systemd:INET:0:name=x", 'a "systemd:" endpoint has either an index or a name'),
        ("ssl:6697", '"ssl:" cannot be used here: say tls = yes and certificate = FILE instead'),
        ("tls:tcp:6697", '"tls:" cannot be used here: say tls = yes and certificate = FILE instead'),
        (
            "haproxy:tcp:6697",
            '"haproxy:" cannot be used here: it would believe whatever address anybody claims',
        ),
        ("tcp:6667\\", '"tcp:6667\\" is not an endpoint: generator raised StopIteration'),
    ],
)
def test_other_endpoints_are_refused_with_what_is_wrong(text: str, expected: str) -> None:
    with pytest.raises(ValueError, match=f"^{re.escape(expected)}$"):
        check_endpoint(text)


@given(
    st.text(max_size=30) | st.from_regex(r"(tcp6?|unix|systemd|ssl|stdio|[ -~]{1,4})(:[a-z0-9=\\]{0,8}){0,4}")
)
def test_whatever_is_written_only_value_error_is_raised(text: str) -> None:
    try:
        check_endpoint(text)
    except ValueError:
        return
    is_exposed(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("tcp:6667", True),
        ("tcp:6667:interface=192.0.2.1", True),
        ("tcp:6667:interface=chat.example.net", True),
        ("tcp:6667:interface=127.0.0.1", False),
        ("tcp:6667:127.0.0.2", False),
        ("tcp:6667:interface=localhost", False),
        ("tcp6:6667", True),
        ("tcp6:6667:50:\\:\\:1", False),
        ("tcp6:6667:interface=\\:\\:1", False),
        ("unix:/run/chat.sock", False),
        ("systemd:INET:index=0", False),
    ],
)
def test_an_endpoint_is_exposed_when_other_machines_reach_it(text: str, expected: bool) -> None:
    assert is_exposed(text) is expected


def test_importing_the_configuration_leaves_the_sockets_of_systemd_alone() -> None:
    code = "import chatdaemon.config, sys; sys.exit('twisted.internet.endpoints' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
