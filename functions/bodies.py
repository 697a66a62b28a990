"""What is refused of a request before anything is made of it: size, type, encoding, and JSON that is none."""

import base64
import binascii
import json
from typing import Any

from convoke.errors import Problem

MAX_BODY_BYTES = 256 * 1024


def checked(event: dict[str, Any]) -> dict[str, Any]:
    """The event with its body as text, after what must be refused before anything is parsed."""
    if "%00" in event.get("rawPath", "") + event.get("rawQueryString", "") or "\0" in event.get(
        "rawPath", ""
    ):
        raise Problem("malformed_request", 400, "The request cannot be read", "NUL character in the address.")
    # Powertools knows the type only in lower case, and asks for it even where there is no body.
    headers = {**event.get("headers", {}), "content-type": "application/json"}
    body = event.get("body")
    if not body:
        return {**event, "headers": headers}
    if event.get("isBase64Encoded"):
        body = _decoded(body)
    if len(body.encode(errors="replace")) > MAX_BODY_BYTES:
        raise Problem("too_large", 413, "The request is too large", f"At most {MAX_BODY_BYTES} bytes.")
    content_type = event.get("headers", {}).get("content-type", "").partition(";")[0].strip().lower()
    if content_type != "application/json":
        # A cross-site form needs no preflight; it must never be taken for JSON.
        raise Problem("unsupported_media_type", 415, "The request must be application/json")
    return {**event, "headers": headers, "body": body, "isBase64Encoded": False}


def parse_json(text: str) -> Any:
    """JSON as the product takes it: no NaN, no NUL (PostgreSQL's text has none), no bottomless nesting."""
    try:
        value = json.loads(text, parse_constant=_refuse_constant)
    except RecursionError as error:
        raise json.JSONDecodeError("nested too deeply", "", 0) from error
    if "\\u0000" in text and _has_nul(value):
        raise json.JSONDecodeError("NUL character", "", 0)
    return value


def parse_body(text: str) -> Any:
    """As `parse_json`; every body here is an object. Powertools would take the one item of a list for it."""
    value = parse_json(text)
    if not isinstance(value, dict):
        raise Problem("validation", 422, "The request is not valid", "The body must be a JSON object.")
    return value


def _has_nul(value: Any) -> bool:
    if isinstance(value, dict):
        return any(_has_nul(key) or _has_nul(item) for key, item in value.items())
    if isinstance(value, list):
        return any(_has_nul(item) for item in value)
    return isinstance(value, str) and "\0" in value


def _refuse_constant(name: str) -> Any:
    raise json.JSONDecodeError(f"{name} is not JSON", "", 0)


def _decoded(body: str) -> str:
    try:
        return base64.b64decode(body, validate=True).decode()
    except (binascii.Error, UnicodeDecodeError) as error:
        raise Problem("malformed_json", 400, "The request cannot be read", "Not UTF-8.") from error
