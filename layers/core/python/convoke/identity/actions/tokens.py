"""Who a bearer token speaks for, and the tokens that are given out."""

from datetime import datetime
from uuid import UUID

from convoke.errors import unauthorized
from convoke.identity import live, tokens
from convoke.identity.actions.keys import node_keys, signing_keys
from convoke.identity.model import Principal, User


def authenticate(
    authorization: str | None, *, ip: str | None, user_agent: str | None, now: datetime
) -> Principal | None:
    """The principal of an Authorization header; None without one; a 401 Problem for a bad or expired one."""
    if authorization is None:
        return None
    scheme, _, token = authorization.partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise unauthorized("bad_token", "The Authorization header must be a Bearer token.")
    claims = tokens.verify(
        token.strip(), ["convoke-api", "convoke-participant"], keys=signing_keys(), now=now
    )
    if claims["aud"] == "convoke-participant":
        return Principal(
            user_id=None,
            participant_id=_id(claims, "sub"),
            meeting_id=_id(claims, "mid"),
            session_id=None,
            role="guest",
            account_type="basic",
            ip=ip,
            user_agent=user_agent,
        )
    session_id = _id(claims, "sid")
    if live.is_blacklisted(session_id):
        raise unauthorized("session_revoked", "This session has ended.")
    return Principal(
        user_id=_id(claims, "sub"),
        participant_id=None,
        meeting_id=None,
        session_id=session_id,
        role="admin" if claims.get("role") == "admin" else "user",
        account_type=str(claims.get("acct", "basic")),
        ip=ip,
        user_agent=user_agent,
    )


def access_token(user: User, session_id: str, now: datetime) -> str:
    claims = {"sid": session_id, "role": user.role, "acct": user.account_type}
    return tokens.sign("convoke-api", user.id, claims, keys=signing_keys(), now=now)


def participant_token(participant_id: str, meeting_id: str, now: datetime) -> str:
    """What lets a guest come back to the meeting as the same participant, for 12 hours."""
    return tokens.sign(
        "convoke-participant", participant_id, {"mid": meeting_id}, keys=signing_keys(), now=now
    )


def node_token(now: datetime) -> str:
    """What a function shows to a media node: good for a minute."""
    return tokens.sign("convoke-node", "functions", {}, keys=node_keys(), now=now)


def verify_node_token(token: str, now: datetime) -> None:
    """A 401 Problem unless a function of this deployment signed it within the last minute."""
    tokens.verify(token, ["convoke-node"], keys=node_keys(), now=now)


def letter_token(user_id: str, purpose: str, now: datetime) -> str:
    """What a link in a letter carries: it lets its holder do this one thing for the user, for 90 days."""
    return tokens.sign("convoke-letter", user_id, {"for": purpose}, keys=signing_keys(), now=now)


def read_letter_token(token: str, now: datetime) -> tuple[str, str]:
    """The user and the purpose of a letter's token; a 401 Problem for any other."""
    claims = tokens.verify(token, ["convoke-letter"], keys=signing_keys(), now=now)
    return _id(claims, "sub"), str(claims.get("for"))


def _id(claims: dict[str, object], name: str) -> str:
    """A claim that must be an id: what we signed has it, an old or foreign form is refused."""
    try:
        return str(UUID(str(claims.get(name))))
    except ValueError as error:
        raise unauthorized("bad_token", "The token is not valid.") from error
