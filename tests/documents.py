"""docs/protocol/{openapi,asyncapi}.json for readers of the repository: written from the models, or checked.

`python -m tests.documents` fails when they differ from what is served; `--write` brings them up to date.
"""

import json
import sys
from pathlib import Path

from functions import asyncapi, documents

FOLDER = Path(__file__).parent.parent / "docs" / "protocol"


def generated() -> dict[str, str]:
    served = {"openapi.json": documents.openapi(), "asyncapi.json": asyncapi.asyncapi()}
    return {
        name: json.dumps(json.loads(text), indent=1, sort_keys=True) + "\n" for name, text in served.items()
    }


def main() -> None:
    wanted = generated()
    if "--write" in sys.argv[1:]:
        FOLDER.mkdir(parents=True, exist_ok=True)
        for name, text in wanted.items():
            (FOLDER / name).write_text(text)
        return
    stale = [
        name
        for name, text in wanted.items()
        if not (FOLDER / name).exists() or (FOLDER / name).read_text() != text
    ]
    if stale:
        raise SystemExit(f"docs/protocol is out of date ({', '.join(stale)}): run `make docs`")


if __name__ == "__main__":
    main()
