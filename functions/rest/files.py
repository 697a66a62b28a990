"""REST: files by links, whose bytes pass by the functions; and people's pictures."""

from typing import Annotated

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Body, Path, Query
from pydantic import BaseModel, ConfigDict

from convoke.files import actions
from convoke.files.model import File, FileRequest, Id, Limits, Link, StartedUpload, Variant
from convoke.identity import actions as identity
from convoke.identity.model import User
from functions import http

app = http.resolver()

FileId = Annotated[Id, Path(description="As POST /v1/files has named it.")]
Redirect = Annotated[
    bool, Query(description="false: the link as JSON, for clients that must not send it their token.")
]


class AvatarRequest(BaseModel):
    """Body of `PUT /v1/me/avatar`: a file of purpose `avatar`, checked."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    file_id: Id


@app.post(
    "/v1/files",
    summary="Begin an upload",
    description="Then PUT the bytes to `upload.url` with `upload.headers`; they are checked on arrival, and "
    "`file.updated` tells the outcome. A checked file is sent by `file_ids` of a message. A picture is kept "
    "without its metadata (place, time, device), so its `size` may change.",
    tags=["files"],
    status_code=201,
    responses=http.responses(201, 401, 404, 413, 415),
)
def start_upload(request: Annotated[FileRequest, Body()]) -> Response[StartedUpload]:
    started = actions.start_upload(http.user(app), request, http.now_utc())
    return Response(status_code=201, content_type="application/json", body=started)


@app.get(
    "/v1/files/limits",
    summary="What I may upload",
    tags=["files"],
    responses=http.responses(200, 401),
)
def limits() -> Limits:
    return actions.limits(http.user(app), http.now_utc())


@app.get(
    "/v1/files/<file_id>",
    summary="A file's state",
    tags=["files"],
    responses=http.responses(200, 401, 404),
)
def read(file_id: FileId) -> File:
    return actions.read(http.principal(app), file_id)


@app.post(
    "/v1/files/<file_id>/complete",
    summary="The bytes are there",
    description="Shows the file as being checked at once, and lets it be sent; the check begins without it.",
    tags=["files"],
    responses=http.responses(200, 401, 404, 409),
)
def complete(file_id: FileId) -> File:
    return actions.complete(http.user(app), file_id, http.now_utc())


@app.get(
    "/v1/files/<file_id>/content",
    summary="A file's bytes",
    description="A link for five minutes, for who may read the message that the file was sent with.",
    tags=["files"],
    responses={**http.responses(200, 302, 401, 404, 409, 410)},
)
def content(
    file_id: FileId,
    variant: Annotated[Variant, Query()] = "original",
    redirect: Redirect = True,  # noqa: FBT002 (a query parameter)
) -> Response[Link]:
    return _sent(actions.content(http.principal(app), file_id, variant, http.now_utc()), redirect=redirect)


@app.delete(
    "/v1/files/<file_id>",
    summary="Drop a file that was not sent",
    tags=["files"],
    responses=http.responses(204, 401, 404, 409),
)
def delete(file_id: FileId) -> Response[None]:
    actions.delete(http.user(app), file_id, http.now_utc())
    return Response(status_code=204)


@app.put(
    "/v1/me/avatar",
    summary="Choose my picture",
    tags=["files"],
    responses=http.responses(200, 401),
)
def set_avatar(request: Annotated[AvatarRequest, Body()]) -> User:
    caller, now = http.user(app), http.now_utc()
    actions.set_avatar(caller, request.file_id, now)
    return identity.profile(caller)


@app.delete(
    "/v1/me/avatar",
    summary="Have no picture",
    tags=["files"],
    responses=http.responses(204, 401),
)
def drop_avatar() -> Response[None]:
    actions.drop_avatar(http.user(app), http.now_utc())
    return Response(status_code=204)


@app.get(
    "/v1/users/<user_id>/avatar",
    summary="A person's picture",
    tags=["files"],
    responses=http.responses(200, 302, 401, 404),
)
def avatar(
    user_id: Annotated[Id, Path()],
    redirect: Redirect = True,  # noqa: FBT002 (a query parameter)
) -> Response[Link]:
    return _sent(actions.avatar_link(http.user(app), user_id, http.now_utc()), redirect=redirect)


def _sent(link: Link, *, redirect: bool) -> Response[Link]:
    status, headers = (302, {"location": link.url}) if redirect else (200, {})
    return Response(status_code=status, headers=headers, content_type="application/json", body=link)


handler = http.handler_of(app, idempotent=frozenset({"POST /v1/files"}))
