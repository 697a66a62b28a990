"""REST: registration, login, sessions, the caller's own account, socket tickets."""

from typing import Annotated
from uuid import UUID

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Path
from aws_lambda_powertools.shared.cookies import Cookie, SameSite

from convoke.delivery import actions as delivery
from convoke.errors import Problem
from convoke.identity import actions
from convoke.identity.model import (
    EndedSession,
    LoginRequest,
    LogoutRequest,
    Principal,
    ProfileUpdate,
    RefreshRequest,
    RegisterRequest,
    Sessions,
    SignedIn,
    SocketTicket,
    User,
)
from convoke.notifications import actions as notifications
from convoke.settings import settings
from functions import http

COOKIE = "convoke_refresh"
COOKIE_PATH = "/v1/auth"
COOKIE_SECONDS = 30 * 24 * 3600

app = http.resolver()


@app.post(
    "/v1/auth/register",
    security=http.NOBODY,
    summary="Register",
    tags=["identity"],
    status_code=201,
    responses=http.responses(201, 409),
)
def register(request: RegisterRequest) -> Response[SignedIn]:
    """Make an account and sign in to it."""
    answer, token = actions.register(request, http.anonymous(app), http.now_utc())
    return _signed_in(201, answer, token, in_cookie=request.cookie)


@app.post(
    "/v1/auth/login",
    security=http.NOBODY,
    summary="Log in",
    tags=["identity"],
    responses=http.responses(200, 401, 403),
)
def log_in(request: LoginRequest) -> Response[SignedIn]:
    """Sign in by e-mail and password. A wrong password and an unknown e-mail get the same answer."""
    answer, token = actions.log_in(request, http.anonymous(app), http.now_utc())
    return _signed_in(200, answer, token, in_cookie=request.cookie)


@app.post(
    "/v1/auth/refresh",
    security=http.NOBODY,
    summary="Renew the tokens",
    tags=["identity"],
    responses=http.responses(200, 401),
)
def refresh(request: RefreshRequest) -> Response[SignedIn]:
    """Each refresh token is good once; one that is used again ends the session."""
    sent = request.refresh_token
    in_cookie = request.cookie or sent is None
    try:
        answer, token = actions.refresh(sent or _cookie(), http.anonymous(app), http.now_utc())
    except Problem as problem:
        if isinstance(problem, actions.RefreshTokenReused):
            _close_sockets(problem.session)
        if problem.status == 401:
            # What was refused will be refused again: the browser shall forget it.
            problem.headers["set-cookie"] = str(_refresh_cookie("", 0))
        raise
    return _signed_in(200, answer, token, in_cookie=in_cookie)


@app.post(
    "/v1/auth/logout",
    security=http.NOBODY,
    summary="Log out",
    tags=["identity"],
    responses=http.responses(204),
)
def log_out(request: LogoutRequest) -> Response[None]:
    """End the session of the refresh token (body or cookie) and of the access token, where they are sent."""
    ended = actions.log_out(
        _perhaps_principal(), request.refresh_token or _cookie(), http.anonymous(app), http.now_utc()
    )
    _close_sockets(*ended)
    return Response(status_code=204, cookies=[_refresh_cookie("", 0)])


@app.get(
    "/v1/me",
    summary="My account",
    tags=["identity"],
    responses=http.responses(200, 401),
)
def me() -> User:
    return actions.profile(http.user(app))


@app.patch(
    "/v1/me",
    summary="Change my account",
    tags=["identity"],
    responses=http.responses(200, 401, 409),
)
def change_me(update: ProfileUpdate) -> User:
    return actions.change_profile(http.user(app), update, http.now_utc())


@app.get(
    "/v1/me/sessions",
    summary="Where I am signed in",
    tags=["identity"],
    responses=http.responses(200, 401),
)
def sessions() -> Sessions:
    return actions.list_sessions(http.user(app), http.now_utc())


@app.delete(
    "/v1/me/sessions/<session_id>",
    summary="Sign out elsewhere",
    tags=["identity"],
    responses=http.responses(204, 401, 404),
)
def revoke_session(session_id: Annotated[UUID, Path()]) -> Response[None]:
    _close_sockets(actions.revoke_session(http.user(app), str(session_id), http.now_utc()))
    return Response(status_code=204)


@app.post(
    "/v1/socket-tickets",
    summary="A ticket for the socket",
    tags=["identity"],
    status_code=201,
    responses=http.responses(201, 401),
)
def socket_ticket() -> SocketTicket:
    """Good once, for five minutes; for users, and for guests with their participant token."""
    return actions.socket_ticket(http.principal(app), http.now_utc())


handler = http.handler_of(app)


def _close_sockets(*ended: EndedSession) -> None:
    """Here, because what a session has opened, and which ends with it, stands above identity."""
    for session in ended:
        notifications.forget_session(session.user_id, session.session_id)
        delivery.disconnect_session(session.user_id, session.session_id)


def _signed_in(status: int, answer: SignedIn, token: str, *, in_cookie: bool) -> Response[SignedIn]:
    if not in_cookie:
        return Response(status_code=status, content_type="application/json", body=answer)
    return Response(
        status_code=status,
        content_type="application/json",
        body=answer.model_copy(update={"refresh_token": None}),
        cookies=[_refresh_cookie(token, COOKIE_SECONDS)],
    )


def _refresh_cookie(value: str, seconds: int) -> Cookie:
    return Cookie(
        name=COOKIE,
        value=value,
        path=COOKIE_PATH,
        # Browsers drop Secure cookies of a plain-text origin, which only a laptop has.
        secure=settings().public_url.startswith("https://"),
        http_only=True,
        max_age=seconds,
        same_site=SameSite.STRICT_MODE,
    )


def _cookie() -> str | None:
    sent = http.cookie(app, COOKIE)
    if not sent:
        return None
    try:
        return RefreshRequest(refresh_token=sent).refresh_token
    except ValueError:
        return None


def _perhaps_principal() -> Principal | None:
    """Whoever the access token speaks for; an expired one must not keep anybody from signing out."""
    try:
        return http.visitor(app)
    except Problem:
        return None
