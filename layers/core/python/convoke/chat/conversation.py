"""Chats as their members see them: lists, details, marks of what was read, and the rules of membership."""

import json
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from functools import partial
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, Field, HttpUrl, model_validator

from convoke.chat.model import Asked, Id, Message, Seq, Told
from convoke.contacts.model import Person
from convoke.cursors import invalid_cursor, pack, unpack
from convoke.ids import UUID_FORM
from convoke.text import line

MEMBERS_MOST = 1_024
TITLE_MOST = 200
ADDED_MOST = 100
LIST_DEFAULT = 50
LIST_MOST = 100
# Shown as "999+" anyway, and a chat that was never read costs no more to count than this.
UNREAD_MOST = 1_000
MARKS_MOST = 100
# Above this everybody's reading is told to nobody else: 1,000 readers would cause a million events.
READ_BY_MOST = 100
CHATS_PER_MINUTE = 30
MEMBERSHIPS_PER_MINUTE = 60
READS_PER_MINUTE = 300
# Members named in the sentence of a system message.
NAMED_MOST = 5

Kind = Literal["meeting", "direct", "group", "connection"]
Role = Literal["admin", "member"]
LISTED: tuple[Kind, ...] = ("direct", "group", "connection")
Title = Annotated[
    str, Field(min_length=1, max_length=TITLE_MOST), AfterValidator(partial(line, most=TITLE_MOST))
]


def _https(value: str) -> str:
    if HttpUrl(value).scheme != "https":
        raise ValueError("must be an https address")
    return value


AvatarUrl = Annotated[str, Field(min_length=1, max_length=2_000), AfterValidator(_https)]


def _instant(value: datetime) -> datetime:
    # Astimezone fails at the ends of the calendar, where other zones have another year.
    if not 2000 <= value.year <= 9000:
        raise ValueError("must be a time between the years 2000 and 9000")
    return value.astimezone(UTC)


class DirectRequest(Asked):
    """Body of `POST /v1/chats` for two people."""

    kind: Literal["direct"]
    user_id: Id


class GroupRequest(Asked):
    """Body of `POST /v1/chats` for a group; the caller is its admin."""

    kind: Literal["group"]
    title: Title
    user_ids: Annotated[list[Id], Field(max_length=MEMBERS_MOST - 1)] = Field(default_factory=list)


ChatRequest = Annotated[DirectRequest | GroupRequest, Field(discriminator="kind")]


class ChatChange(Asked):
    """Body of `PATCH /v1/chats/{chat_id}`: title and picture by admins, muting by each for oneself."""

    title: Title | None = None
    avatar_url: AvatarUrl | None = None
    muted_until: Annotated[datetime, AfterValidator(_instant)] | None = None

    @model_validator(mode="after")
    def _titled(self) -> Self:
        if "title" in self.model_fields_set and self.title is None:
            raise ValueError("a group has a title")
        return self

    def of_chat(self) -> dict[str, Any]:
        """What changes for everybody."""
        return self.model_dump(include={"title", "avatar_url"} & self.model_fields_set)


class NewMembers(Asked):
    user_ids: Annotated[list[Id], Field(min_length=1, max_length=ADDED_MOST)]


class MemberChange(Asked):
    role: Role


class ReadUpTo(Asked):
    seq: Seq


class ReadRequest(ReadUpTo):
    """Data of `chat.read`."""

    chat_id: Id


class SyncRequest(Asked):
    """Data of `chat.sync`."""

    chat_id: Id
    after_seq: Seq


class Member(Told):
    """`member_id` is the user's id, in a meeting's chat the participant's."""

    member_id: str
    user_id: str | None
    participant_id: str | None
    display_name: str
    username: str | None = Field(description="Null in a meeting's chat.")
    avatar_url: str | None
    role: Role
    joined_at: datetime
    left_at: datetime | None
    read_seq: int
    read_at: datetime | None


class ChatSummary(Told):
    id: str
    kind: Kind
    title: str | None
    avatar_url: str | None
    peer: Person | None = Field(description="The other one in a direct chat.")
    member_count: int
    role: Role | None = Field(description="The caller's; null for who has left.")
    last_message: Message | None
    last_activity_at: datetime
    seq: int
    read_seq: int
    unread: int = Field(
        description=f"Messages of others after read_seq and up to seq; {UNREAD_MOST} is that many or more."
    )
    writable: bool
    muted_until: datetime | None
    created_at: datetime


class ChatDetail(ChatSummary):
    members: list[Member]


class ChatPage(Told):
    items: list[ChatSummary]
    next_cursor: str | None


class Mark(Told):
    member_id: str
    read_seq: int
    read_at: datetime | None


class ReadMark(Mark):
    """Answer to `chat.read`: where the caller's mark stands now."""

    chat_id: str
    unread: int


class Receipt(Told):
    """Somebody who has read a message, by `read_at`: the time at which their mark was moved last."""

    member_id: str
    user_id: str | None
    participant_id: str | None
    display_name: str
    avatar_url: str | None
    read_at: datetime | None


class Receipts(Told):
    items: list[Receipt]
    next_cursor: None = None


class Changes(Told):
    """What has changed in a chat after a number: each message once, in its present state, by `changed_seq`.

    With all pages up to the one whose `next_after` is null one has everything up to `seq`.
    """

    chat_id: str
    items: list[Message]
    seq: int
    next_after: int | None
    marks: list[Mark] = Field(description=f"Where others have read to, the {MARKS_MOST} that moved last.")


def heir(members: Iterable[Mapping[str, Any]], leaving: str) -> str | None:
    """Who becomes admin when `leaving` goes: nobody while another is one, else who has been in longest."""
    others = [member for member in members if member["user_id"] != leaving]
    if not others or any(member["role"] == "admin" for member in others):
        return None
    return str(min(others, key=lambda member: (member["joined_at"], member["member_id"]))["user_id"])


def listing(names: Iterable[str]) -> str:
    """Ada, Bob and 3 others"""
    known = list(names)
    shown = known if len(known) <= NAMED_MOST else known[: NAMED_MOST - 1]
    if left := len(known) - len(shown):
        shown = [*shown, f"{left} others"]
    return shown[0] if len(shown) == 1 else f"{', '.join(shown[:-1])} and {shown[-1]}"


def encode_place(at: datetime, chat_id: str) -> str:
    """The cursor of a list of chats."""
    return pack(json.dumps([at.isoformat(), chat_id]).encode())


def decode_place(cursor: str) -> tuple[datetime, str]:
    """Raises Problem 400 `invalid_cursor`."""
    try:
        at, chat_id = json.loads(unpack(cursor))
        when = datetime.fromisoformat(at)
        if when.tzinfo is None or not UUID_FORM.fullmatch(chat_id):
            raise ValueError
    except (ValueError, TypeError, RecursionError) as error:
        raise invalid_cursor() from error
    return when, chat_id
