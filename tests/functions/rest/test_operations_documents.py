"""GET /openapi.json, /asyncapi.json, /docs."""

import base64
import gzip
import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from jsonschema import Draft202012Validator, ValidationError  # type: ignore[import-untyped]
from openapi_spec_validator import validate

from functions.routes import REST_ROUTES, SOCKET_ACTIONS
from tests import gateway
from tests.gateway import CONTEXT, Answer

Call = Callable[..., Answer]


@pytest.fixture(scope="module")
def openapi() -> dict[str, Any]:
    answer = gateway.call("GET", "/openapi.json")
    assert answer.status == 200, answer
    document: dict[str, Any] = answer.body
    return document


@pytest.fixture(scope="module")
def asyncapi() -> dict[str, Any]:
    document: dict[str, Any] = gateway.call("GET", "/asyncapi.json").body
    return document


def references(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for key, item in value.items():
            if key == "$ref":
                yield item
            else:
                yield from references(item)
    elif isinstance(value, list):
        for item in value:
            yield from references(item)


def operations(openapi: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for path, methods in openapi["paths"].items():
        for method, operation in methods.items():
            yield f"{method.upper()} {path}", operation


def test_the_rest_document_is_valid_and_has_exactly_the_routes(openapi: dict[str, Any]) -> None:
    validate(openapi)
    assert openapi["openapi"].startswith("3.1")
    declared = {route for routes in REST_ROUTES.values() for route in routes}
    assert {route for route, _ in operations(openapi)} == declared


def test_every_operation_has_a_tag_a_summary_and_an_id_of_its_own(openapi: dict[str, Any]) -> None:
    found = dict(operations(openapi))
    assert [route for route, operation in found.items() if not operation.get("summary")] == []
    known = {tag["name"] for tag in openapi["tags"]}
    assert [route for route, operation in found.items() if not known.issuperset(operation["tags"])] == []
    assert len({operation["operationId"] for operation in found.values()}) == len(found)


def test_every_failure_is_told_as_a_problem(openapi: dict[str, Any]) -> None:
    for route, operation in operations(openapi):
        for status, response in operation["responses"].items():
            if int(status) >= 400 and route != "GET /healthz":
                assert list(response["content"]) == ["application/problem+json"], (route, status)


def test_what_needs_a_token_says_so(openapi: dict[str, Any]) -> None:
    assert openapi["components"]["securitySchemes"]["bearer"]["scheme"] == "bearer"
    wanted = {
        route: operation.get("security", openapi["security"]) for route, operation in operations(openapi)
    }
    open_to_all = {route for route, security in wanted.items() if {} in security}
    assert "GET /v1/me" not in open_to_all
    assert "POST /v1/meetings" not in open_to_all
    assert "POST /v1/auth/login" in open_to_all


def test_the_socket_document_has_exactly_the_actions(asyncapi: dict[str, Any]) -> None:
    assert asyncapi["asyncapi"] == "3.0.0"
    assert set(asyncapi["operations"]) - {"events"} == set(SOCKET_ACTIONS)


def test_every_reference_of_the_socket_document_leads_somewhere(asyncapi: dict[str, Any]) -> None:
    found = list(references(asyncapi))
    assert found
    for reference in found:
        target: Any = asyncapi
        for part in reference.removeprefix("#/").split("/"):
            target = target[part]


def test_names_keep_to_what_asyncapi_allows(asyncapi: dict[str, Any]) -> None:
    for entries in asyncapi["components"].values():
        for name in entries:
            assert name.replace(".", "").replace("-", "").replace("_", "").isalnum(), name


def test_messages_are_judged_by_the_document_as_by_the_socket(asyncapi: dict[str, Any]) -> None:
    payload = asyncapi["components"]["messages"]["chat.send"]["payload"]
    validator = Draft202012Validator({**payload, "components": asyncapi["components"]})
    chat_id = "0190a000-0000-7000-8000-000000000000"
    data = {"chat_id": chat_id, "client_id": chat_id, "content": "hello"}
    validator.validate({"action": "chat.send", "id": "1", "data": data})
    for wrong in (
        {"action": "chat.send", "data": data},
        {"action": "ping", "id": "1", "data": data},
        {"action": "chat.send", "id": "1", "data": {**data, "content": 7}},
    ):
        with pytest.raises(ValidationError):
            validator.validate(wrong)


def test_the_page_needs_nothing_from_elsewhere(call: Call) -> None:
    answer = call("GET", "/docs")
    assert answer.status == 200
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "connect-src 'self'" in policy
    assert "/openapi.json" in answer.body
    assert "/asyncapi.json" in answer.body
    assert "<script src" not in answer.body
    assert "<link" not in answer.body


def test_documents_are_compressed_for_who_can_read_it(call: Call) -> None:
    import functions.rest.operations as operations_function  # noqa: PLC0415

    event = gateway.event("GET", "/openapi.json", headers={"Accept-Encoding": "gzip"})
    response = operations_function.handler(event, CONTEXT)
    assert response["isBase64Encoded"] is True
    assert response["headers"]["content-encoding"] == "gzip"
    assert json.loads(gzip.decompress(base64.b64decode(response["body"])))["openapi"]
