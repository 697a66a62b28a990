"""What every REST function shares: limits before, problems after, who is asking, what a log line says.

A module has `app = resolver()`, its routes, and `handler = handler_of(app)`.
"""

import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from http import HTTPStatus
from time import perf_counter
from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.event_handler import APIGatewayHttpResolver, Response
from aws_lambda_powertools.event_handler.exceptions import NotFoundError
from aws_lambda_powertools.event_handler.openapi.exceptions import (
    RequestValidationError,
    ResponseValidationError,
)
from aws_lambda_powertools.event_handler.openapi.types import OpenAPIResponse
from pydantic import BaseModel

from convoke.errors import Problem, not_found, unauthorized
from convoke.identity import actions as identity
from convoke.identity.model import Principal, require_user
from functions import idempotency, request
from functions.address import client_address
from functions.body import is_outage

Event = dict[str, Any]
Handler = Callable[[Event, Any], dict[str, Any]]

# Every request is in the API's access log; the function itself tells only what took long.
SLOW_SECONDS = 0.1
PROBLEM_JSON = "application/problem+json"

# An API answer is never a page: nothing may be loaded or framed, nor kept by a cache on the way.
SECURITY_HEADERS = {
    "cache-control": "no-store",
    "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
    "referrer-policy": "no-referrer",
    "strict-transport-security": "max-age=63072000; includeSubDomains",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
}
# A route's `security`. Without one it is documented as wanting a token.
BEARER: list[dict[str, list[str]]] = [{"bearer": []}]
BEARER_OR_NOBODY: list[dict[str, list[str]]] = [{"bearer": []}, {}]
NOBODY: list[dict[str, list[str]]] = [{}]


# The traceback as text is enough; frame by frame it would be the same again, and longer.
logger = Logger(serialize_stacktrace=False)


class ProblemDocument(BaseModel):
    """An RFC 9457 problem: `type` is `/problems/<slug>` and stable, the rest is for people."""

    type: str
    title: str
    status: int
    detail: str | None = None
    errors: list[dict[str, Any]] | None = None


def resolver() -> APIGatewayHttpResolver:
    """A router that validates by pydantic and answers every failure with a problem document."""
    app = APIGatewayHttpResolver(
        enable_validation=True,
        response_validation_error_http_code=HTTPStatus.INTERNAL_SERVER_ERROR,
        json_body_deserializer=request.parse_body,
    )
    app.exception_handler(Problem)(problem_response)
    app.exception_handler(RequestValidationError)(_invalid_request)
    app.exception_handler(ResponseValidationError)(_unexpected)
    app.exception_handler(NotFoundError)(lambda _: problem_response(not_found()))
    app.exception_handler(Exception)(_unexpected)
    return app


def handler_of(app: APIGatewayHttpResolver, *, idempotent: frozenset[str] = frozenset()) -> Handler:
    """The Lambda handler of `app`. `idempotent`: route keys ("POST /v1/meetings") that heed Idempotency-Key.

    What they answer is kept in Redis for a day, sealed.
    """

    def handler(event: Event, context: Any) -> dict[str, Any]:
        began = perf_counter()
        request_id = str(event.get("requestContext", {}).get("requestId", ""))
        logger.set_correlation_id(request_id)
        try:
            event = request.checked(event)
            key = _header(event, "idempotency-key") if event.get("routeKey") in idempotent else None
            if key is None:
                response = app.resolve(event, context)
            else:
                response = idempotency.once(
                    key,
                    owner=_owner(event),
                    request=f"{event['routeKey']} {event.get('rawPath')}\n{event.get('body') or ''}",
                    perform=lambda: app.resolve(event, context),
                )
        except Problem as problem:
            response = _plain(problem)
        except Exception as error:
            response = _plain(_failure(error))
        _note_slowness(event, response, perf_counter() - began)
        return _finished(response, request_id)

    return handler


def responses(*statuses: int) -> dict[int, OpenAPIResponse]:
    """A route's `responses`: its success, and the problems it answers with; 422, 429, 500 are everybody's."""
    problems = [status for status in (*statuses, 422, 429, 500) if status >= 400]
    found: dict[int, OpenAPIResponse] = {
        status: {"description": HTTPStatus(status).phrase} for status in statuses if status < 400
    }
    for status in problems:
        found[status] = {
            "description": HTTPStatus(status).phrase,
            "content": {PROBLEM_JSON: {"model": ProblemDocument}},
        }
    return found


def visitor(app: APIGatewayHttpResolver) -> Principal | None:
    """Whoever the request's Authorization speaks for; None without one; 401 for a bad or expired one."""
    return _visitor(app.current_event.raw_event)


def principal(app: APIGatewayHttpResolver) -> Principal:
    """As `visitor`, where somebody must be there."""
    found = visitor(app)
    if found is None:
        raise unauthorized()
    return found


def user(app: APIGatewayHttpResolver) -> Principal:
    """As `principal`, where it must be a user: a guest's token does for meetings only."""
    found = principal(app)
    require_user(found)
    return found


def anonymous(app: APIGatewayHttpResolver) -> Principal:
    """The address and user agent of a request that nobody is known to have made yet."""
    event: Event = app.current_event.raw_event
    return Principal(None, None, None, None, "guest", "basic", None, address_of(event), _agent(event))


def cookie(app: APIGatewayHttpResolver, name: str) -> str | None:
    """A cookie of the request; payload 2.0 has them in a list of their own."""
    sent: list[str] = app.current_event.raw_event.get("cookies") or []
    return next(
        (value for key, _, value in (item.partition("=") for item in sent) if key.strip() == name), None
    )


def now_utc() -> datetime:
    """The clock of a request. Everything below takes the time as an argument."""
    return datetime.now(UTC)


def address_of(event: Mapping[str, Any]) -> str | None:
    """The client's address."""
    source = event.get("requestContext", {}).get("http", {}).get("sourceIp")
    return client_address(event.get("headers", {}), source)


def problem_response(problem: Problem) -> Response[str]:
    return Response(
        status_code=problem.status,
        content_type=PROBLEM_JSON,
        body=json.dumps(problem.document()),
        headers=dict(problem.headers),
    )


def _note_slowness(event: Event, response: Mapping[str, Any], seconds: float) -> None:
    if seconds > SLOW_SECONDS:
        details = {
            "route": event.get("routeKey"),
            "status": response["statusCode"],
            "ms": round(seconds * 1000),
        }
        logger.warning("slow request", extra=details)


def _finished(response: dict[str, Any], request_id: str) -> dict[str, Any]:
    headers = {name.lower(): value for name, value in response.get("headers", {}).items()}
    # Payload 2.0 takes cookies in a list of their own; a Problem has only headers to name one in.
    cookies = [*response.get("cookies", ()), *filter(None, [headers.pop("set-cookie", None)])]
    headers = {**SECURITY_HEADERS, "x-request-id": request_id, **headers}
    return {**response, "headers": headers, "cookies": cookies}


def _plain(problem: Problem) -> dict[str, Any]:
    return {
        "statusCode": problem.status,
        "headers": {"content-type": PROBLEM_JSON, **problem.headers},
        "body": json.dumps(problem.document()),
        "isBase64Encoded": False,
        "cookies": [],
    }


def _invalid_request(error: RequestValidationError) -> Response[str]:
    found = error.errors()
    if any(item["type"] == "json_invalid" for item in found):
        return problem_response(
            Problem("malformed_json", 400, "The request cannot be read", "Not valid JSON.")
        )
    # Never the input itself: it may be a password.
    errors = [{"loc": list(item["loc"]), "msg": item["msg"], "type": item["type"]} for item in found]
    return problem_response(Problem("validation", 422, "The request is not valid", errors=errors))


def _unexpected(error: Exception) -> Response[str]:
    return problem_response(_failure(error))


def _failure(error: Exception) -> Problem:
    """What is told of a failure of ours, after it was logged."""
    if is_outage(error):
        logger.exception("a store is away")
        return Problem("unavailable", 503, "Try again in a moment", headers={"retry-after": "1"})
    logger.exception("unexpected failure")
    return Problem("internal", 500, "Something went wrong on our side")


def _visitor(event: Mapping[str, Any]) -> Principal | None:
    return identity.authenticate(
        _header(event, "authorization"), ip=address_of(event), user_agent=_agent(event), now=now_utc()
    )


def _owner(event: Mapping[str, Any]) -> str:
    found = _visitor(event)
    return found.key if found else f"address {address_of(event)}"


def _agent(event: Mapping[str, Any]) -> str | None:
    return _header(event, "user-agent")


def _header(event: Mapping[str, Any], name: str) -> str | None:
    """HTTP API payload 2.0 has header names in lower case."""
    value: str | None = event.get("headers", {}).get(name)
    return value
