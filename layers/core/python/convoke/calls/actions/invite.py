"""Ring more people into a call that goes on."""

from collections.abc import Sequence
from datetime import datetime

from convoke.backends.postgres import transaction
from convoke.calls import rules, store
from convoke.calls.actions import tell
from convoke.calls.actions.come_in import call_full
from convoke.calls.actions.step import Conn, Deed, Held, is_in, step
from convoke.calls.model import MOST_PEOPLE, CallReply, CallState
from convoke.contacts import actions as contacts
from convoke.contacts.model import blocked
from convoke.errors import not_found
from convoke.identity.model import Principal, require_user
from convoke.operations.actions import audit, limit

PER_MINUTE = 30


def invite(principal: Principal, call_id: str, user_ids: Sequence[str], now: datetime) -> CallReply:
    """By anybody in the call, of people whom they know. Who has declined or missed it is rung once more.

    Nobody rings whom they have blocked, or who has blocked them. Who has blocked the one who began the call
    is rung without that one's name.

    Raises Problem `not_in_call`, `blocked` (403), `call_full` (409), `call_over` (410), 404.
    """
    user_id = require_user(principal)
    limit("calls_invite", principal.key, per_minute=PER_MINUTE, now=now)
    wanted = [each for each in dict.fromkeys(user_ids) if each != user_id]
    _require_known(principal, user_id, wanted)

    def act(conn: Conn, held: Held) -> Deed:
        if held.state_of(user_id) is None:
            raise not_found()
        if not held.is_open:
            raise rules.over()
        if not is_in(held, user_id):
            raise rules.not_in_call()
        new = [each for each in wanted if not _reached(held, each)]
        if not new:
            return Deed()
        if len(held.people.keys() | set(new)) > MOST_PEOPLE:
            raise call_full()
        _note(conn, principal, call_id, new, now)
        estranged = store.who_have_blocked(conn, held.row["initiator_id"], new)
        engaged = {row["user_id"] for row in store.in_a_call(conn, new).fetchall()}
        return Deed(
            states={each: CallState.BUSY if each in engaged else CallState.RINGING for each in new},
            rings_until=now + rules.RINGING,
            unnamed=frozenset(row["user_id"] for row in estranged.fetchall()),
            makes_group=True,
        )

    done = step(call_id, now, act)
    if done is None:
        raise not_found()
    if CallState.RINGING in done.changed.values():
        tell.look_again(call_id, rules.RINGING.seconds)
    tell.tell(done, now)
    return CallReply(call=done.seen_by(user_id))


def _reached(held: Held, user_id: str) -> bool:
    """Who is in the call or being rung need not be rung."""
    return is_in(held, user_id) or held.state_of(user_id) is CallState.RINGING


def _require_known(principal: Principal, user_id: str, wanted: Sequence[str]) -> None:
    """As the principal: the cards of strangers are not theirs to see."""
    with transaction(principal) as conn:
        estranged = store.blocked_among(conn, user_id, wanted)
        known = contacts.cards(conn, wanted)
    if estranged.fetchone() is not None:
        raise blocked()
    if any(each not in known for each in wanted):
        raise not_found()


def _note(conn: Conn, principal: Principal, call_id: str, new: Sequence[str], now: datetime) -> None:
    audit(
        conn,
        principal,
        event_type="call",
        action="invite",
        target_type="call",
        target_id=call_id,
        metadata={"user_ids": list(new)},
        now=now,
    )
