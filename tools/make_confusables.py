"""Write chatdaemon/realm/confusables_data.py from the Unicode Consortium's confusables.txt (UTS 39).

python tools/make_confusables.py confusables.txt > chatdaemon/realm/confusables_data.py
"""

from __future__ import annotations

import base64
import re
import sys
import zlib
from pathlib import Path

HEAD = '''"""The mapping of Unicode Technical Standard 39, section 4: made by tools/make_confusables.py.

From confusables.txt, version {version}, (c) {year} Unicode, Inc., distributed under the Unicode License v3
(https://www.unicode.org/license.txt). Each line, when unpacked, is a character and what it looks like.
"""

from __future__ import annotations

import base64
import zlib

_PACKED = (
{packed})


def mapping() -> dict[int, str]:
    """From a character's code point to the characters that it looks like, as str.translate takes it."""
    text = zlib.decompress(base64.b85decode(_PACKED)).decode()
    return {{ord(line[0]): line[1:] for line in text.split("\\n")}}
'''


def main() -> None:
    """Read the file that is named on the command line, and write the module to standard output."""
    text = Path(sys.argv[1]).read_text("utf-8-sig")
    version = re.search(r"^# Version: (\S+)", text, re.MULTILINE)
    year = re.search(r"^# Date: (\d{4})", text, re.MULTILINE)
    assert version is not None
    assert year is not None
    lines = []
    for source, target in re.findall(r"^([0-9A-F]+) ;\t([0-9A-F ]+) ;\tMA", text, re.MULTILINE):
        to = "".join(chr(int(each, 16)) for each in target.split())
        lines.append(chr(int(source, 16)) + to)
    packed = base64.b85encode(zlib.compress("\n".join(sorted(lines)).encode(), 9)).decode()
    pieces = [packed[start : start + 96] for start in range(0, len(packed), 96)]
    literal = "".join(f'    "{piece}"\n' for piece in pieces)
    sys.stdout.write(HEAD.format(version=version[1], year=year[1], packed=literal))


if __name__ == "__main__":
    main()
