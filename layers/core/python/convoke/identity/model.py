"""Who is asking, and the shapes in which accounts and sessions are told and asked for."""

import re
import unicodedata
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from convoke.errors import unauthorized
from convoke.text import line, prose

Role = Literal["user", "admin", "guest", "system"]
AccountType = Literal["basic", "pro", "enterprise"]
AccountStatus = Literal["active", "suspended", "deleted"]

# Lengths as in RFC 5321 section 4.5.3.1. A mail proves the rest; a stricter pattern refuses people.
_EMAIL = re.compile(r"[^@\s\x00-\x1f\x7f]{1,64}@[^@\s\x00-\x1f\x7f.]+(\.[^@\s\x00-\x1f\x7f.]+)+")
_LANGUAGE = r"^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8}){0,4}$"


@dataclass(frozen=True, slots=True)
class Principal:
    """Whoever a token or a ticket speaks for: a guest has only a participant, a ticket may name both."""

    user_id: str | None
    participant_id: str | None
    meeting_id: str | None
    session_id: str | None
    role: Role
    account_type: str
    display_name: str | None = None
    ip: str | None = None
    user_agent: str | None = None

    @property
    def key(self) -> str:
        """The owner of the `user` scope: the user, or the participant whom a guest is."""
        owner = self.user_id or self.participant_id
        if owner is None:
            raise ValueError("a principal without user and participant owns nothing")
        return owner


def require_user(principal: Principal) -> str:
    """The user's id, where a guest's token does not do. Raises Problem 401."""
    if principal.user_id is None:
        raise unauthorized(detail="An account is needed for this.")
    return principal.user_id


@dataclass(frozen=True, slots=True)
class EndedSession:
    """A session that has just ended, for those who have something open in its name."""

    user_id: str
    session_id: str


def email_address(value: str) -> str:
    """The form in which an address is kept and compared: no spaces around it, lower case, NFC."""
    value = unicodedata.normalize("NFC", value.strip()).lower()
    if len(value.encode()) > 254 or not _EMAIL.fullmatch(value):
        raise ValueError("not an e-mail address")
    return value


def time_zone(value: str) -> str:
    """A name from the IANA time zone database."""
    try:
        ZoneInfo(value)
    except (KeyError, ValueError, OSError) as error:
        raise ValueError("not an IANA time zone") from error
    return value


EmailAddress = Annotated[
    str, Field(max_length=320, json_schema_extra={"format": "email"}), AfterValidator(email_address)
]
DisplayName = Annotated[str, Field(min_length=1, max_length=200), AfterValidator(partial(line, most=200))]
# At most 128: Argon2id takes any length, and a megabyte of it would be a way to keep us busy.
Password = Annotated[str, Field(min_length=10, max_length=128, json_schema_extra={"format": "password"})]
Username = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_.-]{1,48}[a-z0-9]$")]
TimeZone = Annotated[str, Field(min_length=1, max_length=64), AfterValidator(time_zone)]
LanguageTag = Annotated[str, Field(max_length=35, pattern=_LANGUAGE)]
RefreshToken = Annotated[str, Field(pattern=r"^rt_[A-Za-z0-9_-]{43}$")]


class _Request(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Device(_Request):
    """What a client says of the device it runs on; shown in the list of sessions."""

    name: str | None = Field(default=None, max_length=100)
    platform: str | None = Field(default=None, max_length=50)
    client_version: str | None = Field(default=None, max_length=50)


class RegisterRequest(_Request):
    email: EmailAddress
    password: Password
    display_name: DisplayName
    username: Username | None = None
    device: Device | None = None
    cookie: bool = False
    """The refresh token comes as a cookie which scripts cannot read, not in the body."""


class LoginRequest(_Request):
    email: EmailAddress
    password: str = Field(min_length=1, max_length=128, json_schema_extra={"format": "password"})
    device: Device | None = None
    cookie: bool = False


class RefreshRequest(_Request):
    """Without `refresh_token`, the cookie's is used."""

    refresh_token: RefreshToken | None = None
    cookie: bool = False


class LogoutRequest(_Request):
    refresh_token: RefreshToken | None = None


class ProfileUpdate(_Request):
    """Only what is sent is changed; `null` empties a field that may be empty."""

    # default_factory: "not sent" needs no default in the OpenAPI document, and null stays refused.
    display_name: DisplayName = Field(default_factory=str)
    username: Username | None = None
    timezone: TimeZone = Field(default_factory=str)
    language: LanguageTag = Field(default_factory=str)
    bio: Annotated[str, Field(max_length=2000), AfterValidator(partial(prose, most=2000))] | None = None
    shows_last_seen: Annotated[bool, Field(strict=True)] = Field(
        default_factory=bool, description="Whether others see when the account was last there."
    )


class User(BaseModel):
    """An account, as its owner sees it."""

    id: str
    email: str
    email_verified: bool
    username: str | None
    display_name: str
    avatar_url: str | None
    bio: str | None
    timezone: str
    language: str
    shows_last_seen: bool
    account_type: AccountType
    role: Literal["user", "admin"]
    status: AccountStatus
    created_at: datetime
    updated_at: datetime
    last_login_at: datetime | None


class SignedIn(BaseModel):
    """Tokens for a user: the access token lives for `expires_in` seconds, the refresh token is good once."""

    user: User
    access_token: str
    token_type: Literal["Bearer"] = "Bearer"  # noqa: S105 (RFC 6750's name of the scheme)
    expires_in: int
    refresh_token: str | None


class Session(BaseModel):
    """One sign-in on one device, whatever number of times its tokens were renewed."""

    id: str
    current: bool
    device: Device
    ip_address: str | None
    user_agent: str | None
    created_at: datetime
    last_used_at: datetime
    expires_at: datetime


class Sessions(BaseModel):
    items: list[Session]
    next_cursor: str | None = None


class SocketTicket(BaseModel):
    """Opens one socket, once, within `expires_in` seconds: `{endpoint}?ticket={ticket}`."""

    ticket: str
    expires_in: int
    endpoint: str
