"""What REST and socket handlers share: reading JSON, and telling an outage from a mistake of ours."""

import json
from typing import Any

# Where a library says that a store is away or too slow: (top package, class name). By name, so that a handler
# which does not use a store does not import its library.
OUTAGES = {("psycopg", "OperationalError"), ("redis", "ConnectionError"), ("redis", "TimeoutError")}


def parse_json(text: str) -> Any:
    """JSON as the product takes it: no NaN, no NUL (PostgreSQL's text has none), no bottomless nesting."""
    try:
        value = json.loads(text, parse_constant=_refuse_constant)
    except RecursionError as error:
        raise json.JSONDecodeError("nested too deeply", "", 0) from error
    if "\\u0000" in text and _has_nul(value):
        raise json.JSONDecodeError("NUL character", "", 0)
    return value


def is_outage(error: Exception) -> bool:
    return any((kind.__module__.partition(".")[0], kind.__name__) in OUTAGES for kind in type(error).__mro__)


def _has_nul(value: Any) -> bool:
    if isinstance(value, dict):
        return any(_has_nul(key) or _has_nul(item) for key, item in value.items())
    if isinstance(value, list):
        return any(_has_nul(item) for item in value)
    return isinstance(value, str) and "\0" in value


def _refuse_constant(name: str) -> Any:
    raise json.JSONDecodeError(f"{name} is not JSON", "", 0)
