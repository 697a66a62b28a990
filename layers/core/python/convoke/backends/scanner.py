"""The hook for a scanner of the operator's own: it is told where a file is, and says what it thinks of it.

`POST {SCAN_URL}` with `{"name", "size", "content_type", "url"}`, where `url` can be read for five minutes;
answers 200 with `{"verdict": "clean" | "infected"}`. Anything else, or nothing in time, is no verdict.
"""

import json
from collections.abc import Mapping
from typing import Any

CONNECT_SECONDS = 3.0
# Reading and scanning 2 GB takes a while; the check has five minutes for all it does.
READ_SECONDS = 120.0
ANSWER_MOST = 64 * 1024


class NoVerdict(Exception):  # noqa: N818 (what came back)
    """The scanner is away, too slow, or says something else: to be asked again."""


def is_clean(scan_url: str, file: Mapping[str, Any]) -> bool:
    """The verdict; NoVerdict where there is none."""
    import urllib3  # noqa: PLC0415 (18 ms)

    timeout = urllib3.Timeout(connect=CONNECT_SECONDS, read=READ_SECONDS)
    try:
        with urllib3.PoolManager(retries=False, timeout=timeout) as pool:
            answer = pool.request("POST", scan_url, json=dict(file), redirect=False, preload_content=False)
            body = answer.read(ANSWER_MOST)
            answer.close()
        verdict = json.loads(body).get("verdict") if answer.status == 200 else None
    except (urllib3.exceptions.HTTPError, ValueError, AttributeError) as error:
        raise NoVerdict(type(error).__name__) from error
    if verdict not in ("clean", "infected"):
        raise NoVerdict(f"status {answer.status}")
    return bool(verdict == "clean")
