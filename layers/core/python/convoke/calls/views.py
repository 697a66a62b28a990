"""Rows as the shapes that clients get."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from convoke.calls.model import Call, CallEvent, CallHistory, CallParticipant, CallPerson

Row = Mapping[str, Any]


def call_of(row: Row, people: Sequence[Row]) -> Call:
    """From a row of `store.by_id` and the rows of `store.people`."""
    caller = next((person for person in people if person["user_id"] == row["initiator_id"]), None)
    names = set(Call.model_fields) & set(row)
    return Call(
        **{name: row[name] for name in names},
        initiator=CallPerson(**{name: caller[name] for name in CallPerson.model_fields}) if caller else None,
        participants=[
            CallParticipant(**{name: person[name] for name in CallParticipant.model_fields})
            for person in people
        ],
        duration_seconds=duration(row),
    )


def unnamed(call: Call) -> Call:
    """As it is shown to who has blocked the one who began it: it is the chat's call."""
    return call.model_copy(update={"initiator": None})


def who_see_it_unnamed(people: Iterable[Row]) -> frozenset[str]:
    return frozenset(person["user_id"] for person in people if person["has_blocked_caller"])


def history_of(call: Call, events: Iterable[Row]) -> CallHistory:
    return CallHistory(**dict(call), events=[CallEvent(**event) for event in events])


def message_of(row: Row) -> dict[str, Any]:
    """What the message in the chat says of its call."""
    return {
        "call_id": row["id"],
        "media_type": row["media_type"],
        "status": row["status"],
        "duration_seconds": duration(row),
        "initiator_id": row["initiator_id"],
    }


def duration(row: Row) -> int | None:
    answered: datetime | None = row["answered_at"]
    ended: datetime | None = row["ended_at"]
    if answered is None or ended is None:
        return None
    return max(0, round((ended - answered).total_seconds()))
