"""People as others see them, lists of contacts and blocks, and what counts as naming somebody exactly."""

import json
import re
from datetime import datetime
from functools import partial
from typing import Annotated, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from convoke.cursors import invalid_cursor, pack, unpack
from convoke.errors import Problem, forbidden
from convoke.identity.model import EmailAddress, Username, email_address
from convoke.ids import UUID_FORM
from convoke.text import line

CONTACTS_MAX = 5_000
BLOCKS_MAX = 5_000
PAGE_DEFAULT = 50
PAGE_MAX = 200
FOUND_MAX = 20

# A search goes out while somebody types. Who names an e-mail exactly learns whether there is an account:
# enough for whoever does it by hand, and a program with a list of addresses gets nowhere.
SEARCHES_PER_MINUTE = 60
LOOKUPS_PER_MINUTE = 20
LOOKUPS_PER_DAY = 300
LOOKUPS_PER_NETWORK = 100
CHANGES_PER_MINUTE = 120

_USERNAME = re.compile(r"[a-z0-9][a-z0-9_.-]{1,48}[a-z0-9]")

UserId = Annotated[
    str, Field(pattern=f"^{UUID_FORM.pattern}$", examples=["01991b6e-5c00-7a10-8000-000000000000"])
]
Alias = Annotated[str, Field(min_length=1, max_length=200), AfterValidator(partial(line, most=200))]


class _Asked(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class _Told(BaseModel):
    model_config = ConfigDict(frozen=True)


class Person(_Told):
    """What everybody may see of somebody they know."""

    user_id: str
    display_name: str
    username: str | None
    avatar_url: str | None


class People(_Told):
    items: list[Person]
    next_cursor: None = None


class Contact(_Told):
    """Somebody in the caller's list, under a name of the caller's own if they like."""

    person: Person
    alias: str | None
    blocked: bool
    created_at: datetime


class ContactPage(_Told):
    items: list[Contact]
    next_cursor: str | None


class ContactRequest(_Asked):
    """Who is meant: by e-mail, by user name, or by the id that a search has given."""

    email: EmailAddress | None = None
    username: Username | None = None
    user_id: UserId | None = None
    alias: Alias | None = None

    @model_validator(mode="after")
    def _names_one(self) -> Self:
        if len([each for each in (self.email, self.username, self.user_id) if each is not None]) != 1:
            raise ValueError("name one of email, username and user_id")
        return self

    @property
    def reference(self) -> str:
        return self.email or self.username or self.user_id or ""


class ContactChange(_Asked):
    """`null` takes the alias away."""

    alias: Alias | None


class Block(_Told):
    person: Person
    created_at: datetime


class BlockPage(_Told):
    items: list[Block]
    next_cursor: str | None


class ContactSaved(_Told):
    """contact.saved, to the own devices: a new one, or one that was changed"""

    contact: Contact


class BlockAdded(_Told):
    """block.added, to the own devices"""

    block: Block


class PersonRemoved(_Told):
    """contact.removed and block.removed, to the own devices"""

    user_id: str


EVENTS: dict[str, type[_Told]] = {
    "contact.saved": ContactSaved,
    "contact.removed": PersonRemoved,
    "block.added": BlockAdded,
    "block.removed": PersonRemoved,
}


def blocked() -> Problem:
    """One and the same for either direction: nobody is told who has blocked whom."""
    return forbidden("blocked", "This person cannot be reached.", title="Not reachable")


def exact_reference(query: str) -> str | None:
    """The e-mail or user name that a search text is as a whole, in the form in which it is compared."""
    text = query.strip().lower()
    if "@" in text:
        try:
            return email_address(text)
        except ValueError:
            return None
    return text if _USERNAME.fullmatch(text) and not UUID_FORM.fullmatch(text) else None


def is_email(reference: str) -> bool:
    return "@" in reference


def encode_cursor(name: str, user_id: str) -> str:
    """A place in a list that is ordered by name."""
    return pack(json.dumps([name, user_id]).encode())


def decode_cursor(cursor: str) -> tuple[str, str]:
    """Problem 400 `invalid_cursor` for what is none of ours."""
    try:
        name, user_id = json.loads(unpack(cursor))
        # Half of a surrogate pair is no text that a database takes.
        str(name).encode()
    except (ValueError, TypeError, RecursionError):
        name = user_id = None
    if (
        not isinstance(name, str)
        or "\0" in name
        or not isinstance(user_id, str)
        or not UUID_FORM.fullmatch(user_id)
    ):
        raise invalid_cursor()
    return name, user_id
