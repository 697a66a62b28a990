"""What a search finds, where in each message, and its cursor."""

from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, Field

from convoke.chat.model import Message
from convoke.cursors import invalid_cursor, pack, unpack

QUERY_MOST = 200
PAGE_DEFAULT = 20
PAGE_MAX = 50
SEARCHES_PER_MINUTE = 60
# Around each match when the database marks them: characters that no text of people has (convoke.text).
BEGIN, END = "\x01", "\x02"

Span = Annotated[tuple[int, int], Field(description="From a character on, up to before another.")]


class Found(BaseModel):
    """A message with the places of what was searched for, in Unicode characters of its content."""

    message: Message
    highlights: list[Span]


class FoundPage(BaseModel):
    """Newest first."""

    items: list[Found]
    next_cursor: str | None


def spans(content: str, marked: str | None) -> list[tuple[int, int]]:
    """Where the marks stand; none where the marked text is not this one."""
    if marked is None or marked.replace(BEGIN, "").replace(END, "") != content:
        return []
    found: list[tuple[int, int]] = []
    at = begun = 0
    for character in marked:
        if character == BEGIN:
            begun = at
        elif character == END:
            found.append((begun, at))
        else:
            at += 1
    return found


def encode_cursor(message_id: str) -> str:
    return pack(UUID(message_id).bytes)


def decode_cursor(cursor: str) -> str:
    """The message before which to go on; Problem 400 `invalid_cursor` otherwise."""
    raw = unpack(cursor)
    if len(raw) != 16:
        raise invalid_cursor()
    return str(UUID(bytes=raw))
