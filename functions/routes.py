"""Every route of the product: what the stacks declare, what the handlers serve and what the documents say.

Data only, so that `infra` can import it without the product.
"""

# function name (module functions/rest/<name>.py) -> its HTTP API routes
REST_ROUTES: dict[str, tuple[str, ...]] = {
    "identity": (
        "POST /v1/auth/register",
        "POST /v1/auth/login",
        "POST /v1/auth/refresh",
        "POST /v1/auth/logout",
        "GET /v1/me",
        "PATCH /v1/me",
        "GET /v1/me/sessions",
        "DELETE /v1/me/sessions/{session_id}",
        "POST /v1/socket-tickets",
    ),
    "meetings": (
        "POST /v1/meetings",
        "GET /v1/meetings",
        "GET /v1/meetings/{meeting}",
        "PATCH /v1/meetings/{meeting}",
        "DELETE /v1/meetings/{meeting}",
        "POST /v1/meetings/{meeting}/join",
        "POST /v1/meetings/{meeting}/end",
        "GET /v1/meetings/{meeting}/participants",
    ),
    "chat": (
        "GET /v1/chats/{chat_id}/messages",
        "POST /v1/chats/{chat_id}/messages",
    ),
    "media": (
        "GET /v1/media-nodes",
        "POST /v1/media-nodes/{node_id}/drain",
        "GET /v1/controllers",
    ),
    "analytics": (
        "GET /v1/analytics/usage",
        "GET /v1/meetings/{meeting}/timeline",
        "GET /v1/meetings/{meeting}/quality",
    ),
    "operations": (
        "GET /healthz",
        "GET /openapi.json",
        "GET /asyncapi.json",
        "GET /docs",
    ),
}

# WebSocket API route keys; all are served by functions/socket.py, each answers on the same socket.
SOCKET_LIFECYCLE: tuple[str, ...] = ("$connect", "$disconnect", "$default")
SOCKET_ACTIONS: tuple[str, ...] = (
    "ping",
    "join",
    "resume",
    "leave",
    "media.connect",
    "media.restart",
    "participant.update",
    "participant.mute",
    "participant.remove",
    "participant.rename",
    "participant.promote",
    "reaction.send",
    "lobby.admit",
    "lobby.deny",
    "meeting.lock",
    "meeting.transfer",
    "meeting.end",
    "chat.send",
)
