"""REST: is it up, and what can be asked of it."""

from concurrent.futures import ThreadPoolExecutor
from typing import Literal

from aws_lambda_powertools.event_handler import Response
from pydantic import BaseModel

from convoke.backends import postgres, redis
from functions import asyncapi as socket_document
from functions import documents, http

PROBE_SECONDS = 2.0
# Swagger UI is one page with its script and style inside; it may talk to this origin and to nobody else.
PAGE_POLICY = (
    "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data:; "
    "connect-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
)
DOCUMENT_HEADERS = {"cache-control": "public, max-age=300"}

State = Literal["ok", "away"]

app = http.resolver()


class Health(BaseModel):
    """Whether the stores answer; 503 when one of them does not."""

    status: State
    postgres: State
    redis: State


@app.get(
    "/healthz",
    summary="Health",
    tags=["operations"],
    security=http.NOBODY,
    responses={200: {"description": "All is well"}, 503: {"description": "A store does not answer"}},
)
def health() -> Response[Health]:
    with ThreadPoolExecutor(max_workers=2) as pool:
        asked = [pool.submit(probe, PROBE_SECONDS) for probe in (postgres.ping, redis.ping)]
        states: list[State] = ["away" if probe.exception() else "ok" for probe in asked]
    status: State = "ok" if states == ["ok", "ok"] else "away"
    body = Health(status=status, postgres=states[0], redis=states[1])
    return Response(status_code=200 if status == "ok" else 503, content_type="application/json", body=body)


@app.get(
    "/openapi.json",
    summary="This document",
    tags=["operations"],
    security=http.NOBODY,
    enable_validation=False,
)
def openapi() -> Response[str]:
    return Response(200, "application/json", documents.openapi(), headers=DOCUMENT_HEADERS, compress=True)


@app.get(
    "/asyncapi.json",
    summary="The socket's protocol",
    tags=["operations"],
    security=http.NOBODY,
    enable_validation=False,
)
def asyncapi() -> Response[str]:
    return Response(
        200, "application/json", socket_document.asyncapi(), headers=DOCUMENT_HEADERS, compress=True
    )


@app.get(
    "/docs",
    summary="The API to read and to try",
    tags=["operations"],
    security=http.NOBODY,
    enable_validation=False,
)
def docs() -> Response[str]:
    headers = {**DOCUMENT_HEADERS, "content-security-policy": PAGE_POLICY}
    return Response(200, "text/html; charset=utf-8", documents.page(), headers=headers, compress=True)


handler = http.handler_of(app)
