"""The same entries give the same realm in another process too, where strings hash differently."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]

PROGRAM = """
import json
from hashlib import sha256
from random import Random

from chatdaemon.realm.entry import Entry
from chatdaemon.realm.realm import Realm
from chatdaemon.realm.refusal import Refusal
from chatdaemon.realm.snapshot import take
from tests.realm.anything import Anything

random = Random(7)
realm = Realm(Anything(random.randrange, Realm()).settings())
happened = []
for index in range(1, 3001):
    anything = Anything(random.randrange, realm)
    actor = anything.actor()
    try:
        happened.append(repr(realm.apply(Entry(index, index, "node", actor, anything.request(actor)))))
    except Refusal as refusal:
        happened.append(repr(refusal))
print(sha256("".join([*happened, json.dumps(take(realm))]).encode()).hexdigest())
"""


def run(seed: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        cwd=ROOT,
        env={**os.environ, "PYTHONHASHSEED": seed},
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    return done.stdout


def test_nothing_depends_on_how_strings_hash() -> None:
    first = run("1")
    assert len(first.strip()) == 64
    assert run("2") == first
