"""What REST and socket handlers share: reading JSON, and telling an outage from a mistake of ours."""

import json
import re
from typing import Any

# Where a library says that a store is away or too slow: (top package, class name). By name, so that a handler
# which does not use a store does not import its library.
OUTAGES = {("psycopg", "OperationalError"), ("redis", "ConnectionError"), ("redis", "TimeoutError")}

# Worth a look into the values: an escape that may stand for one of the refused characters.
_ESCAPED = re.compile(r"\\u(0000|[dD][89a-fA-F])")
_REFUSED = re.compile("[\0\ud800-\udfff]")


def parse_json(text: str) -> Any:
    """JSON as the product takes it; JSONDecodeError for any other.

    No NaN, no number of thousands of digits, no bottomless nesting; no NUL, which PostgreSQL's text cannot
    hold, and no half of a surrogate pair, which is no Unicode and cannot be sent back.
    """
    try:
        value = json.loads(text, parse_constant=_refuse_constant)
    except json.JSONDecodeError:
        raise
    except (RecursionError, ValueError) as error:
        raise json.JSONDecodeError(str(error), "", 0) from error
    if _ESCAPED.search(text) and _has_refused(value):
        raise json.JSONDecodeError("NUL, or half of a surrogate pair", "", 0)
    return value


def is_outage(error: Exception) -> bool:
    return any((kind.__module__.partition(".")[0], kind.__name__) in OUTAGES for kind in type(error).__mro__)


def _has_refused(value: Any) -> bool:
    if isinstance(value, dict):
        return any(_has_refused(key) or _has_refused(item) for key, item in value.items())
    if isinstance(value, list):
        return any(_has_refused(item) for item in value)
    return isinstance(value, str) and _REFUSED.search(value) is not None


def _refuse_constant(name: str) -> Any:
    raise json.JSONDecodeError(f"{name} is not JSON", "", 0)
