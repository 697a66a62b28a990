"""The list of contacts: its owner's alone. Who is added may hear of it, and gives nothing away by it."""

from datetime import datetime

import psycopg
from psycopg.rows import DictRow

from convoke.backends.postgres import transaction
from convoke.contacts import model, store
from convoke.contacts.actions.people import limit_lookups
from convoke.contacts.model import (
    Contact,
    ContactChange,
    ContactPage,
    ContactRequest,
    ContactSaved,
    Person,
    PersonRemoved,
)
from convoke.delivery import actions as delivery
from convoke.errors import conflict, invalid, not_found
from convoke.events import emit
from convoke.identity.model import Principal
from convoke.operations.actions import audit
from convoke.operations.actions import limit as limit_rate


def add_contact(principal: Principal, request: ContactRequest, now: datetime) -> tuple[Contact, bool]:
    """The contact, and whether they are new in the list; an alias that is sent replaces the one before.

    Raises Problem `not_found` for nobody, and for who has blocked the caller: the same, word for word.
    """
    _limit(principal, now)
    limit_lookups(principal, request.reference, now)
    with transaction(principal) as conn:
        store.hold_list(conn, principal.key)
        row = store.add_contact(
            conn, principal.key, request.reference, request.alias, most=model.CONTACTS_MAX, now=now
        )
        if row is None:
            raise not_found("There is nobody of this name.")
        if row["user_id"] == principal.key:
            raise invalid("This is you.", field="user_id")
        if row["created_at"] is None:
            raise conflict(
                "too_many_contacts", f"At most {model.CONTACTS_MAX} contacts.", title="The list is full"
            )
        if row["is_new"]:
            _note(conn, principal, "added", row["user_id"], now)
    contact = contact_of(row)
    _announce(principal, contact, now)
    return contact, bool(row["is_new"])


def change_contact(principal: Principal, user_id: str, change: ContactChange, now: datetime) -> Contact:
    _limit(principal, now)
    with transaction(principal) as conn:
        store.set_alias(conn, principal.key, user_id, change.alias)
        found = store.contact(conn, principal.key, user_id)
    row = found.fetchone()
    if row is None:
        raise not_found()
    contact = contact_of(row)
    _announce(principal, contact, now)
    return contact


def remove_contact(principal: Principal, user_id: str, now: datetime) -> None:
    """Removing who is not in the list is no error."""
    _limit(principal, now)
    with transaction(principal) as conn:
        removed = store.remove_contact(conn, principal.key, user_id).fetchone()
        if removed is None:
            return
        _note(conn, principal, "removed", user_id, now)
    data = PersonRemoved(user_id=user_id).model_dump(mode="json")
    delivery.publish_to_principal(principal.key, "contact.removed", data, now=now)


def list_contacts(principal: Principal, *, cursor: str | None, limit: int) -> ContactPage:
    """By name, the caller's own for them first."""
    after = model.decode_cursor(cursor) if cursor else None
    with transaction(principal) as conn:
        found = store.list_contacts(conn, principal.key, after=after, limit=limit + 1)
    rows = found.fetchall()
    last = rows[limit - 1] if len(rows) > limit else None
    return ContactPage(
        items=[contact_of(row) for row in rows[:limit]],
        next_cursor=model.encode_cursor(last["place"], last["user_id"]) if last else None,
    )


def contact_of(row: DictRow) -> Contact:
    return Contact(
        person=Person.model_validate(row),
        alias=row["alias"],
        blocked=row["blocked"],
        created_at=row["created_at"],
    )


def _limit(principal: Principal, now: datetime) -> None:
    limit_rate("contacts_change", principal.key, per_minute=model.CHANGES_PER_MINUTE, now=now)


def _announce(principal: Principal, contact: Contact, now: datetime) -> None:
    data = ContactSaved(contact=contact).model_dump(mode="json")
    delivery.publish_to_principal(principal.key, "contact.saved", data, now=now)


def _note(
    conn: psycopg.Connection[DictRow], principal: Principal, what: str, user_id: str, now: datetime
) -> None:
    audit(conn, principal, event_type="contact", action=what, target_type="user", target_id=user_id, now=now)
    emit(conn, kind=f"contact.{what}", user_id=principal.key, data={"target": user_id}, now=now)
