"""Media nodes and regional deployments, for operators and for clients that choose a region."""

from typing import Annotated

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Path

from convoke.media import actions
from convoke.media.model import ControllerList, MediaNodeList
from functions.http import handler_of, now_utc, resolver, responses, user

app = resolver()
handler = handler_of(app)


@app.get(
    "/v1/media-nodes",
    summary="Media nodes with load and health (admins)",
    tags=["media"],
    responses=responses(200, 401, 403),
)
def list_nodes() -> MediaNodeList:
    return MediaNodeList(items=actions.nodes(user(app), now=now_utc()), next_cursor=None)


@app.post(
    "/v1/media-nodes/<node_id>/drain",
    summary="Take a media node out of service (admins)",
    description="It gets no new meeting; its meetings move to other nodes.",
    tags=["media"],
    status_code=202,
    responses=responses(202, 401, 403, 404, 503),
)
def drain_node(node_id: Annotated[str, Path(min_length=1, max_length=255)]) -> Response[None]:
    actions.drain(user(app), node_id, now=now_utc())
    return Response(status_code=202, content_type="application/json", body=None)


@app.get(
    "/v1/controllers",
    summary="Regional deployments with load and health",
    tags=["media"],
    responses=responses(200, 401),
)
def list_controllers() -> ControllerList:
    user(app)
    return ControllerList(items=actions.controllers(now=now_utc()), next_cursor=None)
