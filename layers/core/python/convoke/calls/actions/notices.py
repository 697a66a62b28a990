"""What people are notified of: that they are called, for devices with no page open, and what they missed."""

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import psycopg
from psycopg.rows import DictRow

from convoke.calls.model import CallState
from convoke.notifications import actions as notifications
from convoke.notifications.actions import Pending, Settled

Row = Mapping[str, Any]


@dataclass(frozen=True)
class Notices:
    """What a transaction has written, to be sent after its commit."""

    pending: tuple[Pending, ...] = ()
    settled: Settled | None = None


NONE = Notices()


def write(
    conn: psycopg.Connection[DictRow],
    call: Row,
    people: Mapping[str, Row],
    *,
    before: Mapping[str, CallState],
    after: Mapping[str, CallState],
    unnamed: AbstractSet[str] = frozenset(),
    now: datetime,
) -> Notices:
    """In the transaction that changes the states of people from `before` to `after`; `unnamed` have blocked
    the caller: to them it is the chat that calls."""
    stopped = [
        user_id
        for user_id, state in after.items()
        if before.get(user_id) is CallState.RINGING and state is not CallState.RINGING
    ]
    settled = None
    if stopped:
        settled = notifications.settle(conn, user_ids=stopped, subject=_subject(call), now=now)
    caller = people.get(call["initiator_id"] or "")
    named = caller["display_name"] if caller else "Convoke"
    in_place = call.get("chat_title") or "Convoke"
    pending = []
    for name, whom in ((named, after.keys() - unnamed), (in_place, after.keys() & unnamed)):
        states = {user_id: after[user_id] for user_id in sorted(whom)}
        if missed := _of(states, CallState.MISSED, CallState.BUSY):
            pending.append(_missed(conn, call, missed, name, now))
        if ringing := _of(states, CallState.RINGING):
            pending.append(_ring(conn, call, ringing, name, now))
    return Notices(tuple(pending), settled)


def _ring(
    conn: psycopg.Connection[DictRow], call: Row, user_ids: list[str], name: str, now: datetime
) -> Pending:
    """An incoming call, for devices that show no page of ours."""
    kind = "video call" if call["media_type"] == "video" else "call"
    return notifications.notify(
        conn,
        user_ids=user_ids,
        type="incoming_call",
        title=f"{name} is calling",
        message=f"Incoming {kind}" + (f" in {call['chat_title']}" if call.get("chat_title") else ""),
        data=_data(call),
        action_url=f"/calls?call={call['id']}",
        event_key=f"incoming_call:{call['id']}:{int(now.timestamp())}",
        subject=_subject(call),
        now=now,
    )


def send(notices: Notices, now: datetime) -> None:
    """After the commit."""
    if notices.settled is not None:
        notifications.announce_settled(notices.settled, now)
    for pending in notices.pending:
        notifications.dispatch(pending, now)


def _missed(
    conn: psycopg.Connection[DictRow], call: Row, user_ids: list[str], name: str, now: datetime
) -> Pending:
    kind = "video call" if call["media_type"] == "video" else "call"
    return notifications.notify(
        conn,
        user_ids=user_ids,
        type="missed_call",
        title=f"Missed {kind} from {name}",
        data=_data(call),
        action_url=f"/chats/{call['chat_id']}",
        event_key=f"missed_call:{call['id']}",
        subject=_subject(call),
        now=now,
    )


def _of(states: Mapping[str, CallState], *wanted: CallState) -> list[str]:
    return [user_id for user_id, state in states.items() if state in wanted]


def _subject(call: Row) -> str:
    return f"call:{call['id']}"


def _data(call: Row) -> dict[str, Any]:
    return {name: call[name] for name in ("chat_id", "media_type")} | {"call_id": call["id"]}
