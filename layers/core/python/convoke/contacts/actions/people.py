"""Find people and show their cards. There is no directory: strangers are found by their exact name alone."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

import psycopg
from psycopg.rows import DictRow

from convoke.backends.postgres import transaction
from convoke.contacts import model, store
from convoke.contacts.model import People, Person
from convoke.identity.model import Principal
from convoke.operations.actions import limit, limit_daily, network_of


@dataclass(frozen=True)
class Shown:
    """A viewer who may see whether an owner is there; `last_seen_at` is None where the owner hides it."""

    viewer: str
    owner: str
    last_seen_at: datetime | None


def find_people(principal: Principal, query: str, now: datetime) -> People:
    """Whose e-mail or user name `query` is, then those one knows by a name's beginning: contacts either
    way, people in common chats.

    Nobody who has blocked the caller. One round trip.
    """
    limit("people_search", principal.key, per_minute=model.SEARCHES_PER_MINUTE, now=now)
    beginning = " ".join(query.lower().split())
    exactly = model.exact_reference(query)
    if exactly:
        limit_lookups(principal, exactly, now)
    if not beginning:
        return People(items=[])
    with transaction(principal) as conn:
        known = store.search_people(conn, beginning, model.FOUND_MAX)
        named = store.find_person(conn, exactly) if exactly else None
    rows = [*(named.fetchall() if named else ()), *known.fetchall()]
    found = {row["user_id"]: Person.model_validate(row) for row in rows if row["user_id"] != principal.key}
    return People(items=list(found.values())[: model.FOUND_MAX])


def limit_lookups(principal: Principal, reference: str, now: datetime) -> None:
    """Nobody tries out e-mails: neither one account nor many of one network. User names are public."""
    if not model.is_email(reference):
        return
    limit("people_lookup", principal.key, per_minute=model.LOOKUPS_PER_MINUTE, now=now)
    limit_daily("people_lookup_day", principal.key, per_day=model.LOOKUPS_PER_DAY, now=now)
    limit("people_lookup_from", network_of(principal.ip), per_minute=model.LOOKUPS_PER_NETWORK, now=now)


def cards(conn: psycopg.Connection[DictRow], user_ids: Iterable[str]) -> dict[str, Person]:
    """The public cards by user id: as a principal of those they may know, as the system of all."""
    rows = store.cards(conn, user_ids).fetchall()
    return {row["user_id"]: Person.model_validate(row) for row in rows}


def presence_shown(
    conn: psycopg.Connection[DictRow], viewers: Sequence[str], owners: Sequence[str]
) -> Iterable[Shown]:
    """Which of the viewers may see whether which of the owners are there, and when they were here last.

    Fetched when it is looked at: after the transaction that makes one round trip less.
    """
    cursor = store.presence_shown(conn, viewers, owners)
    return (Shown(**row) for row in cursor)
