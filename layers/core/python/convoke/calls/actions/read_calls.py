"""A person's calls, and one of them with everything that happened in it."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from psycopg.rows import DictRow

from convoke.backends.postgres import System, transaction
from convoke.calls import store, views
from convoke.calls.model import Call, CallHistory, CallPage, CallState, CallStatus, Direction, MediaType
from convoke.cursors import require_id
from convoke.errors import not_found
from convoke.identity.model import Principal, require_user


@dataclass(frozen=True)
class Wanted:
    """Filters of the history; `state` is one's own part in the call."""

    status: CallStatus | None = None
    state: CallState | None = None
    direction: Direction | None = None
    media_type: MediaType | None = None
    chat_id: str | None = None


def list_calls(principal: Principal, wanted: Wanted, *, cursor: str | None, limit: int) -> CallPage:
    """Calls of the user, newest first. `cursor` is what the page before gave."""
    user_id = require_user(principal)
    require_id(cursor)
    with transaction(principal) as conn:
        found = store.page(conn, user_id, vars(wanted), before=cursor, limit=limit + 1)
    rows = found.fetchall()
    items = _named(rows[:limit], principal.user_id)
    return CallPage(items=items, next_cursor=items[-1].id if len(rows) > limit else None)


def read_call(principal: Principal, call_id: str) -> CallHistory:
    """For its people and the members of its chat; 404 for everybody else."""
    with transaction(principal) as conn:
        row = store.by_id(conn, call_id).fetchone()
        if row is None:
            raise not_found()
        events = store.events(conn, call_id)
    [call] = _named([row], principal.user_id)
    return views.history_of(call, events.fetchall())


def _named(rows: Sequence[DictRow], viewer: str | None) -> list[Call]:
    """With the names of their people. As the system: who may see a call sees everybody in it."""
    if not rows:
        return []
    with transaction(System()) as conn:
        found = store.people(conn, [row["id"] for row in rows])
    people = defaultdict(list)
    for person in found.fetchall():
        people[person["call_id"]].append(person)
    return [_seen_by(viewer, row, people[row["id"]]) for row in rows]


def _seen_by(viewer: str | None, row: DictRow, people: Sequence[DictRow]) -> Call:
    call = views.call_of(row, people)
    return views.unnamed(call) if viewer in views.who_see_it_unnamed(people) else call
