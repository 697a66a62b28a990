"""The REST document, OpenAPI 3.1, from the routers and models that serve and validate; a page to read it."""

import importlib
import json
from collections.abc import Mapping
from functools import cache
from http import HTTPStatus
from importlib import resources
from typing import Any

from functions.http import BEARER, PROBLEM_JSON, ProblemDocument
from functions.routes import REST_ROUTES

TITLE = "Convoke"
REFERENCE = "#/components/schemas/{model}"
VERSION = "1"
DESCRIPTION = (
    "Meetings, chat and calls. Errors are RFC 9457 problem documents; lists are paged by `cursor` and "
    "`limit`; POSTs that create heed `Idempotency-Key`. The socket is described in "
    "[/asyncapi.json](/asyncapi.json)."
)


@cache
def openapi() -> str:
    """One OpenAPI document of all REST functions, as JSON."""
    merged: dict[str, Any] = {}
    for name in REST_ROUTES:
        app = importlib.import_module(f"functions.rest.{name}").app
        document = json.loads(
            app.get_openapi_json_schema(
                title=TITLE,
                version=VERSION,
                description=DESCRIPTION,
                tags=list(REST_ROUTES),
                security_schemes=_security_schemes(),
                security=BEARER,
            )
        )
        _tell_problems(document)
        _merge(merged, _told_apart(document, merged, name))
    merged["paths"] = dict(sorted(merged["paths"].items()))
    return json.dumps(merged)


@cache
def page() -> str:
    """Swagger UI in one self-contained page: nothing is loaded from elsewhere."""
    bundle = resources.files("aws_lambda_powertools.event_handler.openapi.swagger_ui")
    style = (bundle / "swagger-ui.min.css").read_text()
    script = (bundle / "swagger-ui-bundle.min.js").read_text()
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{TITLE} API</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<style>{style}</style></head><body>"
        '<p style="font-family:sans-serif;margin:1rem 20px 0">REST below; the socket: '
        '<a href="/asyncapi.json">/asyncapi.json</a> (AsyncAPI 3.0)</p>'
        f'<main id="swagger-ui"></main><script>{script}</script><script>'
        'SwaggerUIBundle({url: "/openapi.json", dom_id: "#swagger-ui", deepLinking: true, filter: true});'
        "</script></body></html>"
    )


def _tell_problems(document: dict[str, Any]) -> None:
    """Powertools documents failures in a form of its own; what is answered is a problem document."""
    schemas = document.get("components", {}).get("schemas", {})
    for name in ("HTTPValidationError", "ValidationError", "ResponseValidationError"):
        schemas.pop(name, None)
    schemas["ProblemDocument"] = ProblemDocument.model_json_schema(ref_template=REFERENCE)
    for operation in (each for path in document["paths"].values() for each in path.values()):
        responses = operation["responses"]
        if "requestBody" not in operation and "parameters" not in operation:
            responses.pop("422", None)
        for status in {"422", "500"} & responses.keys():
            responses[status] = {
                "description": HTTPStatus(int(status)).phrase,
                "content": {PROBLEM_JSON: {"schema": {"$ref": REFERENCE.format(model="ProblemDocument")}}},
            }


def _told_apart(document: dict[str, Any], merged: Mapping[str, Any], function: str) -> dict[str, Any]:
    """The document with a name of its own for each schema where another function has another of that name."""
    known = merged.get("components", {}).get("schemas", {})
    schemas = document["components"]["schemas"]
    taken = [name for name, schema in schemas.items() if known.get(name, schema) != schema]
    own = {name: f"{function.capitalize()}{name}" for name in taken}
    document["components"]["schemas"] = {own.get(name, name): schema for name, schema in schemas.items()}
    references = {REFERENCE.format(model=name): REFERENCE.format(model=new) for name, new in own.items()}
    told: dict[str, Any] = _redirected(document, references)
    return told


def _redirected(value: Any, references: Mapping[str, str]) -> Any:
    if isinstance(value, dict):
        return {key: _redirected(item, references) for key, item in value.items()}
    if isinstance(value, list):
        return [_redirected(item, references) for item in value]
    return references.get(value, value) if isinstance(value, str) else value


def _merge(into: dict[str, Any], document: Mapping[str, Any]) -> None:
    """Add a document's paths and schemas; two different things of one name are a mistake of ours."""
    for key, value in document.items():
        if key == "paths":
            for path, operations in value.items():
                _add(into.setdefault("paths", {}).setdefault(path, {}), operations, path)
        elif key == "components":
            for kind, entries in value.items():
                _add(into.setdefault("components", {}).setdefault(kind, {}), entries, kind)
        else:
            into.setdefault(key, value)


def _add(into: dict[str, Any], entries: Mapping[str, Any], what: str) -> None:
    for name, entry in entries.items():
        if into.setdefault(name, entry) != entry:
            raise ValueError(f"two different entries named {name} in {what}")


def _security_schemes() -> dict[str, Any]:
    from aws_lambda_powertools.event_handler.openapi.models import HTTPBearer  # noqa: PLC0415

    return {
        "bearer": HTTPBearer(
            bearerFormat="JWT", description="A user's access token, or a guest's participant token."
        )
    }
