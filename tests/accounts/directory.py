"""A directory: OpenLDAP's slapd, with two people in it, on ports of its own."""

from __future__ import annotations

import shutil
import socket
import subprocess
import time
from pathlib import Path

from chatdaemon.transports.certificates import ensure_self_signed

SUFFIX = "dc=example,dc=net"
ADMIN = f"cn=admin,{SUFFIX}"
ADMIN_PASSWORD = "of the admin"
PASSWORD = "sesame\u00e9"
PATIENCE = 30.0

# slapd is in a directory that is not on everybody's path.
SBIN = "/usr/sbin:/usr/local/sbin:/usr/libexec:/usr/bin"

CONFIGURATION = """\
include /etc/ldap/schema/core.schema
include /etc/ldap/schema/cosine.schema
include /etc/ldap/schema/inetorgperson.schema
pidfile {directory}/slapd.pid
argsfile {directory}/slapd.args
modulepath /usr/lib/ldap
moduleload back_mdb
TLSCertificateFile {certificate}
TLSCertificateKeyFile {certificate}
TLSCACertificateFile {certificate}
database mdb
maxsize 10485760
suffix "{suffix}"
rootdn "{admin}"
rootpw "{password}"
directory {directory}/data
access to attrs=userPassword by anonymous auth by * none
access to attrs=description by dn="{admin}" read by * none
access to * by * read
"""

PEOPLE = f"""\
dn: {SUFFIX}
objectClass: dcObject
objectClass: organization
o: Example
dc: example

dn: ou=people,{SUFFIX}
objectClass: organizationalUnit
ou: people

dn: uid=alice,ou=people,{SUFFIX}
objectClass: inetOrgPerson
uid: alice
cn: Alice Example
sn: Example
displayName: Alice
mail: alice@example.net
userPassword: {PASSWORD}

dn: uid=bob\\2C the first,ou=people,{SUFFIX}
objectClass: inetOrgPerson
uid: bob, the first
cn: Bob Example
sn: Example
mail: shared@example.net
userPassword: {PASSWORD}

dn: uid=carol,ou=people,{SUFFIX}
objectClass: inetOrgPerson
uid: carol
cn: Carol Example
sn: Example
mail: shared@example.net
userPassword: {PASSWORD}
"""


class Slapd:
    """The directory, while it runs. `ca_file` is what its certificate can be verified by."""

    def __init__(self, directory: Path) -> None:
        self.ca_file, _ = ensure_self_signed(directory, ["localhost"])
        self.plain_port, self.tls_port = free_port(), free_port()
        configuration = directory / "slapd.conf"
        configuration.write_text(
            CONFIGURATION.format(
                directory=directory,
                certificate=self.ca_file,
                suffix=SUFFIX,
                admin=ADMIN,
                password=ADMIN_PASSWORD,
            )
        )
        (directory / "data").mkdir()
        people = directory / "people.ldif"
        people.write_text(PEOPLE)
        subprocess.run(
            [_program("slapadd"), "-f", configuration, "-l", people],
            check=True,
            capture_output=True,
            timeout=60,
        )
        urls = f"ldap://localhost:{self.plain_port} ldaps://localhost:{self.tls_port}"
        # With a debug level of 0 it stays in the foreground.
        self._process = subprocess.Popen(
            [_program("slapd"), "-f", configuration, "-h", urls, "-d", "0"],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        until = time.monotonic() + PATIENCE
        while not _listens(self.plain_port) or not _listens(self.tls_port):
            assert self._process.poll() is None, "slapd has ended"
            assert time.monotonic() < until, "slapd does not listen"
            time.sleep(0.02)

    def stop(self) -> None:
        self._process.terminate()
        self._process.wait(PATIENCE)


def _program(name: str) -> str:
    found = shutil.which(name, path=SBIN)
    assert found, f"{name} is not installed: tools/need_programs.sh installs it"
    return found


def free_port() -> int:
    """A port on which nobody listens."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
    return port


def _listens(port: int) -> bool:
    with socket.socket() as attempt:
        attempt.settimeout(1)
        return attempt.connect_ex(("127.0.0.1", port)) == 0
