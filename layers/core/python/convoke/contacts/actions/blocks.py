"""Blocking: who is blocked can neither find, call nor write to the one who did it, nor see their presence."""

from datetime import datetime

import psycopg
from psycopg.errors import ForeignKeyViolation
from psycopg.rows import DictRow

from convoke.backends.postgres import transaction
from convoke.contacts import model, store
from convoke.contacts.model import Block, BlockAdded, BlockPage, Person, PersonRemoved
from convoke.delivery import actions as delivery
from convoke.errors import conflict, invalid, not_found
from convoke.events import emit
from convoke.identity.model import Principal
from convoke.operations.actions import audit
from convoke.operations.actions import limit as limit_rate


def block(principal: Principal, user_id: str, now: datetime) -> Block:
    """Blocking twice is no error. Raises Problem `not_found`, `too_many_blocks`."""
    if user_id == principal.key:
        raise invalid("Nobody can block themselves.", field="user_id")
    limit_rate("contacts_change", principal.key, per_minute=model.CHANGES_PER_MINUTE, now=now)
    try:
        with transaction(principal) as conn:
            store.hold_list(conn, principal.key)
            added = store.add_block(conn, principal.key, user_id, most=model.BLOCKS_MAX, now=now)
            found = store.block(conn, principal.key, user_id)
            is_new = added.fetchone() is not None
            if is_new:
                _note(conn, principal, "block", user_id, now)
    except ForeignKeyViolation as error:
        raise not_found() from error
    row = found.fetchone()
    if row is None:
        raise conflict("too_many_blocks", f"At most {model.BLOCKS_MAX} people.", title="The list is full")
    made = block_of(row)
    if is_new:
        data = BlockAdded(block=made).model_dump(mode="json")
        delivery.publish_to_principal(principal.key, "block.added", data, now=now)
    return made


def unblock(principal: Principal, user_id: str, now: datetime) -> None:
    """Unblocking who is not blocked is no error."""
    limit_rate("contacts_change", principal.key, per_minute=model.CHANGES_PER_MINUTE, now=now)
    with transaction(principal) as conn:
        removed = store.remove_block(conn, principal.key, user_id).fetchone()
        if removed is None:
            return
        _note(conn, principal, "unblock", user_id, now)
    data = PersonRemoved(user_id=user_id).model_dump(mode="json")
    delivery.publish_to_principal(principal.key, "block.removed", data, now=now)


def read_block(principal: Principal, user_id: str) -> Block:
    with transaction(principal) as conn:
        found = store.block(conn, principal.key, user_id)
    row = found.fetchone()
    if row is None:
        raise not_found()
    return block_of(row)


def list_blocks(principal: Principal, *, cursor: str | None, limit: int) -> BlockPage:
    """Whom the caller has blocked, by name."""
    after = model.decode_cursor(cursor) if cursor else None
    with transaction(principal) as conn:
        found = store.list_blocks(conn, principal.key, after=after, limit=limit + 1)
    rows = found.fetchall()
    last = rows[limit - 1] if len(rows) > limit else None
    return BlockPage(
        items=[block_of(row) for row in rows[:limit]],
        next_cursor=model.encode_cursor(last["place"], last["user_id"]) if last else None,
    )


def block_of(row: DictRow) -> Block:
    return Block(person=Person.model_validate(row), created_at=row["created_at"])


def _note(
    conn: psycopg.Connection[DictRow], principal: Principal, action: str, user_id: str, now: datetime
) -> None:
    audit(
        conn, principal, event_type="contact", action=action, target_type="user", target_id=user_id, now=now
    )
    emit(conn, kind=f"user.{action}ed", user_id=principal.key, data={"target": user_id}, now=now)
