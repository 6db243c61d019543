"""Write what can be made of the reference of the API from its types: the lists in docs/protocol-json.md,
docs/api.schema.json, and the description of the HTTP API. Run it after every change of an op, an event, an
error or an answer:

python -m tools.make_reference
"""

from __future__ import annotations

import json
from pathlib import Path

from chatdaemon.protocols import web
from chatdaemon.protocols.web.api import DESCRIPTION
from tools.reference.openapi import openapi
from tools.reference.schema import Reference, with_meanings
from tools.reference.tables import rewritten, told_of

DOCS = Path(__file__).parents[1] / "docs"
DOCUMENT = DOCS / "protocol-json.md"
SCHEMA = DOCS / "api.schema.json"
# The daemon serves it; docs/openapi.json is a link to it.
OPENAPI = Path(web.__file__).parent / DESCRIPTION


def made() -> dict[Path, str]:
    """What should stand in each of the files."""
    reference = Reference()
    document = rewritten(DOCUMENT.read_text(), reference)
    schema = with_meanings(reference.schema, told_of(document))
    described = openapi(reference, schema)
    return {
        DOCUMENT: document,
        SCHEMA: json.dumps(schema, indent=1, ensure_ascii=False) + "\n",
        OPENAPI: json.dumps(described, indent=1, ensure_ascii=False) + "\n",
    }


def main() -> None:
    for path, text in made().items():
        path.write_text(text)


if __name__ == "__main__":
    main()
