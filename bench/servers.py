"""The servers that the bench can start: each with its limits out of the way and its logs in a directory."""

from __future__ import annotations

import contextlib
import datetime
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from bench import process
from bench.figure import BenchError
from bench.target import Target

ROOT = Path(__file__).resolve().parent.parent
_UNLIMITED = 256 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Plan:
    """What a server is started for."""

    directory: Path
    port: int
    tls: bool
    send_queue: int
    members: int
    accounts: bool = False

    @property
    def certificate(self) -> Path:
        """The PEM file of the certificate."""
        return self.directory / "certificate.pem"

    @property
    def key(self) -> Path:
        """The PEM file of its private key."""
        return self.directory / "key.pem"

    def write(self, name: str, text: str) -> Path:
        """Write a file of the server's into its directory."""
        path = self.directory / name
        path.write_text(text)
        return path


@dataclass(frozen=True, slots=True)
class Launch:
    """The command that runs the server in the foreground, and where Python finds its code."""

    command: list[str]
    checkout: Path | None = None

    @property
    def environment(self) -> dict[str, str]:
        """What the server needs beside this process's environment."""
        return {"PYTHONPATH": str(self.checkout)} if self.checkout else {}


def chatdaemon(plan: Plan, checkout: Path = ROOT, more: str = "") -> Launch:
    """The daemon of a checkout, run by twistd as an administrator would, with `more` in its configuration."""
    tls = f"tls = yes\ncertificate = {plan.certificate}\nkey = {plan.key}\n" if plan.tls else ""
    # Older checkouts know no accounts.
    accounts = "[accounts]\nregistration-interval = off\nlogin-interval = off\n" if plan.accounts else ""
    config = plan.write(
        "chatdaemon.ini",
        f"""[chatdaemon]
data-directory = {plan.directory}

[listener bench]
protocol = irc
endpoint = tcp:{plan.port}:interface=127.0.0.1
{tls}
[limits]
flood-rate = off
connections-per-address = off
connection-rate = off
send-queue = {plan.send_queue}
{accounts}{more}""",
    )
    python = checkout / ".venv/bin/python"
    interpreter = str(python) if python.exists() else sys.executable
    twistd = [interpreter, "-c", "from twisted.scripts.twistd import run; run()"]
    return Launch([*twistd, "-n", "--pidfile=", "chatdaemon", "--config", str(config)], checkout)


def chatdaemon_unstored(plan: Plan) -> Launch:
    """The daemon without any history."""
    return chatdaemon(plan, more="[history]\nchannels = none\nprivate = no\nmemory-messages = 0\n")


def inspircd(plan: Plan) -> Launch:
    """InspIRCd 3 or 4 as Debian packages it, TLS by GnuTLS."""
    secure = ' sslprofile="bench"' if plan.tls else ""
    modules = (
        f'''<module name="ssl_gnutls">
<sslprofile name="bench" provider="gnutls" certfile="{plan.certificate}" keyfile="{plan.key}">'''
        if plan.tls
        else ""
    )
    config = plan.write(
        "inspircd.conf",
        f"""{modules}
<server name="inspircd.bench.test" description="bench" id="0BE" network="Bench">
<admin name="bench" nick="bench" email="bench@bench.test">
<bind address="127.0.0.1" port="{plan.port}" type="clients"{secure}>
<connect name="bench" allow="*" timeout="120" pingfreq="3600" maxchans="100" limit="100000"
  localmax="100000" globalmax="100000" maxconnwarn="no" resolvehostnames="no" useident="no"
  hardsendq="{plan.send_queue}" softsendq="{plan.send_queue}" recvq="{_UNLIMITED}"
  threshold="1000000" commandrate="2000000000" fakelag="no">
<class name="none">
<options defaultmodes="nt" ircumsgprefix="no">
<performance somaxconn="4096" softlimit="100000" quietbursts="yes">
<pid file="{plan.directory}/inspircd.pid">
<log method="file" type="* -USERINPUT -USEROUTPUT" level="default" target="{plan.directory}/inspircd.log">
""",
    )
    command = [_found("inspircd"), "--nofork", "--config", str(config)]
    if os.geteuid() == 0:
        command.append("--runasroot")
    return Launch(command)


def threads(plan: Plan) -> Launch:
    """The thread-per-client server of threads.py."""
    _plain_only(plan)
    return Launch([sys.executable, "-m", "bench.threads", str(plan.port)], ROOT)


def floor_python(plan: Plan) -> Launch:
    """The bare loop in Python."""
    command = [sys.executable, "-m", "bench.floor", str(plan.port), str(plan.members)]
    return Launch([*command, *_tls_arguments(plan)], ROOT)


def floor_c(plan: Plan) -> Launch:
    """The bare loop in C, compiled for the occasion."""
    binary = plan.directory / "floor"
    source = str(Path(__file__).with_name("floor.c"))
    libraries = ["-lssl", "-lcrypto"] if plan.tls else ["-DPLAIN_ONLY"]
    compiler = [_found("cc"), "-O2", "-Wall", source, "-o", str(binary), *libraries]
    built = subprocess.run(compiler, capture_output=True, text=True, check=False)
    if built.returncode:
        raise BenchError(f"floor.c does not compile here:\n{built.stderr}")
    return Launch([str(binary), str(plan.port), str(plan.members), *_tls_arguments(plan)])


LAUNCHERS: dict[str, Callable[[Plan], Launch]] = {
    "chatdaemon": chatdaemon,
    "chatdaemon-unstored": chatdaemon_unstored,
    "inspircd": inspircd,
    "threads": threads,
    "floor-python": floor_python,
    "floor-c": floor_c,
}

# Those that are worth a column in the table of everything.
ORDINARY = [name for name in LAUNCHERS if name != "chatdaemon-unstored"]


def is_bare(name: str) -> bool:
    """Whether this server is a floor, which knows no IRC."""
    return name.startswith("floor-")


def keeps_accounts(name: str) -> bool:
    """Whether this server registers accounts itself; a checkout is one of chatdaemon."""
    return name.startswith("chatdaemon") or name not in LAUNCHERS


def launcher(name: str) -> Callable[[Plan], Launch]:
    """The launcher of a known name, or of a checkout's directory. Raises BenchError for anything else."""
    if name in LAUNCHERS:
        return LAUNCHERS[name]
    checkout = Path(name).resolve()
    if (checkout / "chatdaemon").is_dir():
        return lambda plan: chatdaemon(plan, checkout)
    raise BenchError(f"{name}: neither one of {', '.join(LAUNCHERS)} nor a checkout of chatdaemon")


@contextlib.contextmanager
def running(
    name: str,
    cores: process.Cores,
    directory: Path,
    tls: bool = False,
    members: int = 1000,
    send_queue: int = _UNLIMITED,
    accounts: bool = False,
) -> Iterator[Target]:
    """Start the server called `name` with its files in `directory`; it has ended afterwards."""
    plan = Plan(directory, free_ports(1)[0], tls, send_queue, members, accounts)
    if tls:
        _make_certificate(plan)
    launch = launcher(name)(plan)
    log = directory / "output.log"
    server = process.start(launch.command, cores, log, launch.environment, launch.checkout)
    try:
        _wait_until_listening(server, plan.port, log)
        yield Target(Path(name).name, ("127.0.0.1", plan.port), tls, server.pid, bare=is_bare(name))
        if server.poll() is not None and not is_bare(name):
            raise BenchError(f"{name} ended by itself, status {server.returncode}:\n{_last_lines(log)}")
    finally:
        process.stop(server)


def _wait_until_listening(
    server: subprocess.Popen[bytes], port: int, log: Path, patience: float = 30.0
) -> None:
    # A look at the kernel's table, since the floor counts the connections that it gets.
    listening = f":{port:04X} 00000000:0000 0A "
    end = time.monotonic() + patience
    while listening not in Path("/proc/net/tcp").read_text():
        if server.poll() is not None:
            raise BenchError(f"the server did not start, status {server.returncode}:\n{_last_lines(log)}")
        if time.monotonic() > end:
            raise BenchError(f"the server does not listen after {patience:g} s:\n{_last_lines(log)}")
        time.sleep(0.02)


def _last_lines(log: Path, count: int = 20) -> str:
    return "\n".join(log.read_text(errors="replace").splitlines()[-count:])


def _found(program: str) -> str:
    path = shutil.which(program) or shutil.which(program, path="/usr/sbin:/usr/local/sbin")
    if path is None:
        raise BenchError(f"{program} is not installed")
    return path


def _plain_only(plan: Plan) -> None:
    if plan.tls:
        raise BenchError("this server has no TLS")


def _tls_arguments(plan: Plan) -> list[str]:
    return [str(plan.certificate), str(plan.key)] if plan.tls else []


def free_ports(count: int) -> list[int]:
    """Ports of the loopback where nobody listens, each another."""
    with contextlib.ExitStack() as stack:
        listening = [stack.enter_context(socket.create_server(("127.0.0.1", 0))) for _ in range(count)]
        return [each.getsockname()[1] for each in listening]


def _make_certificate(plan: Plan) -> None:
    """A self-signed P-256 certificate, the same kind for every server."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "bench.test")])
    now = datetime.datetime.now(datetime.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=30))
        .sign(key, hashes.SHA256())
    )
    plan.certificate.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    plan.key.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    plan.key.chmod(0o600)
