"""What is refused of an HTTP request before anything is made of it: its size, its type, its encoding."""

import base64
import binascii
from typing import Any
from urllib.parse import quote

from convoke.errors import Problem
from functions.body import parse_json

MAX_BODY_BYTES = 256 * 1024


def checked(event: dict[str, Any]) -> dict[str, Any]:
    """The event with its body as text, after what must be refused before anything is parsed."""
    if "%00" in event.get("rawPath", "") + event.get("rawQueryString", "") or "\0" in event.get(
        "rawPath", ""
    ):
        raise Problem("malformed_request", 400, "The request cannot be read", "NUL character in the address.")
    # API Gateway has decoded the path, and a route's parameter may be any character: an emoji.
    event = {**event, "rawPath": quote(event.get("rawPath", ""), safe="/%:@!$&'()*+,;=~ ")}
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


def parse_body(text: str) -> Any:
    """As `parse_json`; every body here is an object. Powertools would take the one item of a list for it."""
    value = parse_json(text)
    if not isinstance(value, dict):
        raise Problem("validation", 422, "The request is not valid", "The body must be a JSON object.")
    return value


def _decoded(body: str) -> str:
    try:
        return base64.b64decode(body, validate=True).decode()
    except (binascii.Error, UnicodeDecodeError) as error:
        raise Problem("malformed_json", 400, "The request cannot be read", "Not UTF-8.") from error
