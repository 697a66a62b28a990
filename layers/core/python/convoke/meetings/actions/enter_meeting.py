"""Come in: an admitted person's socket takes the seat, gets roster and chat, and a place on a media node."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import psycopg
from psycopg.rows import DictRow

from convoke.backends.postgres import System, transaction
from convoke.chat import actions as chat
from convoke.chat.model import Breakout, Message
from convoke.delivery import actions as delivery
from convoke.delivery.model import user_scope
from convoke.errors import Problem, conflict, forbidden
from convoke.events import emit
from convoke.identity import actions as identity
from convoke.identity.model import Principal
from convoke.media import actions as media
from convoke.media.model import NodeSession, NodeSessionRequest, PublishOffer, StreamType
from convoke.meetings import live, rules, views
from convoke.meetings.actions import announce, departures
from convoke.meetings.actions.join_meeting import meeting_full
from convoke.meetings.actions.record import record
from convoke.meetings.breakouts import BreakoutRoom, room_on_entry
from convoke.meetings.caller import Caller, not_in_meeting
from convoke.meetings.messages import Entered, EnterRequest, Nothing, RecentChat
from convoke.meetings.model import Participant
from convoke.meetings.store import breakouts, meetings, occurrences, participants

Rows = psycopg.Cursor[DictRow]

RECENT_MESSAGES = 50
# A reply is 128 KB at most. Whoever does not fit is read over REST (`participants_total` tells).
CHAT_BYTES = 24 * 1024
ROSTER_BYTES = 48 * 1024


@dataclass(frozen=True)
class _Inside:
    """What the transaction of an entering has found out."""

    meeting: DictRow
    me: DictRow
    everyone: list[DictRow]
    started: bool
    taken_over_from: str | None
    scopes: dict[str, int]
    breakouts: DictRow | None


def enter_meeting(caller: Caller, request: EnterRequest) -> Entered:
    """Raises Problem `waiting` (409), `not_admitted`, `removed` (403), `meeting_full`, `meeting_ended`."""
    principal = identity.redeem_ticket(request.ticket, caller.now) if request.ticket else caller.principal
    participant_id = principal.participant_id if request.ticket else caller.participant_id
    meeting_id = principal.meeting_id if request.ticket else caller.meeting_id
    if participant_id is None or meeting_id is None:
        raise not_in_meeting()
    if principal.key != caller.principal.key:
        raise forbidden("foreign_ticket", "This ticket belongs to somebody else.")
    _leave_other(caller, participant_id)
    delivery.bind(caller.connection_id, participant_id=participant_id, meeting_id=meeting_id)
    live.touch(participant_id, meeting_id, caller.connection_id, caller.now)
    inside = _take_seat(caller, meeting_id, participant_id, request.publish)
    announce.taken_over(inside.taken_over_from, inside.me, caller.now)
    announce.engaged(inside.me, inside.meeting, caller)
    announce.participant_changed("participant.joined", inside.me, caller.now)
    if inside.started:
        announce.meeting_changed(inside.meeting, caller.now)
    session = _media(inside, request.publish, caller.now)
    return _entered(principal, inside, session)


def _leave_other(caller: Caller, participant_id: str) -> None:
    """A socket stands for one participant: who enters another meeting by it leaves the one before."""
    if caller.participant_id in (None, participant_id):
        return
    departures.leave_meeting(caller, Nothing())


def media_request(
    row: Mapping[str, Any], publish: PublishOffer, *, allow_screen_share: bool
) -> NodeSessionRequest:
    """What the node is asked for: the streams this role may send, a muted microphone not from the start."""
    streams = [
        stream.model_copy(update={"active": False})
        if stream.type is StreamType.MICROPHONE and row["muted"]
        else stream
        for stream in publish.streams
    ]
    allowed = rules.may_publish(row["role"], allow_screen_share=allow_screen_share)
    return NodeSessionRequest(
        publish=publish.model_copy(update={"streams": streams}),
        may_publish=[StreamType(name) for name in allowed],
        meeting_id=row["meeting_id"],
    )


def _take_seat(caller: Caller, meeting_id: str, participant_id: str, publish: PublishOffer | None) -> _Inside:
    """As the system: the first to enter starts a meeting that is not theirs.

    The meeting's row is held from the first round trip on, so that seats are counted one after the other;
    everything is written in the second.
    """
    with transaction(System()) as conn:
        held = meetings.by_id(conn, meeting_id, lock=True)
        rows = participants.locked(conn, meeting_id, [participant_id])
        seats = participants.seats_taken(conn, meeting_id, caller.now, besides=participant_id)
        rooms = breakouts.whole(conn, meeting_id)
        meeting, mine, taken = held.fetchone(), rows.fetchone(), seats.fetchone()
        plan = rooms.fetchone()
        waits = _require_admitted(meeting, mine, taken)
        if not waits and meeting and mine:
            # The roster is read after the subscription: who comes in between is in both, nobody in neither.
            scopes = _subscribe(caller, meeting_id)
            room = room_on_entry(plan, mine)
            written = _write(conn, caller, meeting, mine, publish, room)
        else:
            participants.connect(
                conn,
                participant_id,
                user_id=caller.principal.user_id,
                connection_id=caller.connection_id,
                statuses=["waiting"],
                now=caller.now,
            )
    if waits or meeting is None or mine is None:
        raise conflict("waiting", "The host has not let you in yet.", title="In the waiting room")
    entered, started, roster = written
    before = mine["connection_id"]
    return _Inside(
        meeting={**meeting, **((started.fetchone() if started else None) or {})},
        me=entered.fetchone() or {},
        everyone=roster.fetchall(),
        started=started is not None,
        taken_over_from=before if mine["status"] == "joined" and before != caller.connection_id else None,
        scopes=scopes,
        breakouts=plan,
    )


def _require_admitted(meeting: DictRow | None, mine: DictRow | None, taken: DictRow | None) -> bool:
    """True for who has to wait; raises for who may not come in at all."""
    if meeting is None or mine is None:
        raise not_in_meeting()
    rules.require_open(meeting["status"])
    if mine["status"] == "removed":
        raise forbidden("removed", "Ask to be let in again by joining.", title="Removed from the meeting")
    if mine["status"] == "left":
        raise forbidden("not_admitted", "Join the meeting again.", title="No seat is held any more")
    if mine["status"] == "waiting":
        return True
    if taken is None or taken["taken"] >= meeting["max_participants"]:
        raise meeting_full()
    return False


def _subscribe(caller: Caller, meeting_id: str) -> dict[str, int]:
    """Into the scopes; the number of each before which everything is in the reply."""
    scopes = {
        scope: delivery.subscribe(caller.connection_id, scope, now=caller.now)
        for scope in (announce.meeting_scope(meeting_id), announce.chat_scope(meeting_id))
    }
    return scopes | {"user": delivery.last_seq(user_scope(caller.principal.key), caller.now)}


def _write(  # noqa: PLR0917 (what the first round trip has found)
    conn: psycopg.Connection[DictRow],
    caller: Caller,
    meeting: DictRow,
    mine: DictRow,
    publish: PublishOffer | None,
    room: BreakoutRoom | None,
) -> tuple[Rows, Rows | None, Rows]:
    meeting_id, participant_id, now = meeting["id"], mine["id"], caller.now
    sends = {stream.type for stream in publish.streams if stream.active} if publish else set()
    listens = mine["role"] == "viewer"
    hushed = meeting["mute_on_entry"] and mine["role"] not in rules.LEADERS and mine["status"] != "joined"
    entered = participants.enter(
        conn,
        participant_id,
        connection_id=caller.connection_id,
        breakout_id=room.id if room else None,
        muted=listens or hushed or StreamType.MICROPHONE not in sends,
        video_on=not listens and StreamType.CAMERA in sends,
        now=now,
    )
    started = None
    if meeting["status"] == "scheduled":
        started = meetings.start(conn, meeting_id, now)
        if meeting["type"] == "recurring":
            occurrences.begin(conn, meeting_id, now)
            chat.set_open(conn, meeting_id, is_open=meeting["allow_chat"], now=now)
        emit(conn, kind="meeting.started", meeting_id=meeting_id, now=now)
    if meeting["type"] != "call":
        # Each time: a join may have brought another name. In a call people write in the chat it belongs to.
        chat.add_member(conn, meeting_id, participant_id, mine["user_id"], mine["display_name"], now)
        if room:
            chat.move_members(conn, meeting_id, {participant_id: Breakout(room.id, room.name)}, now)
    if mine["status"] != "joined":
        record(conn, "participant.joined", mine, now, role=mine["role"])
    roster = participants.roster(conn, meeting_id, "joined", "waiting")
    return entered, started, roster


def _media(inside: _Inside, publish: PublishOffer | None, now: datetime) -> NodeSession | None:
    """A place on a node; None for who wants none, and when there is none: then media.connect asks again."""
    if publish is None:
        if inside.taken_over_from is not None:
            # The window before must not go on sending from a place that is not its own any more.
            media.disconnect(rules.media_room(inside.me), inside.me["id"], now=now)
        return None
    request = media_request(inside.me, publish, allow_screen_share=inside.meeting["allow_screen_share"])
    try:
        return media.connect(rules.media_room(inside.me), inside.me["id"], request, now=now)
    except Problem as problem:
        if problem.status != 503:
            raise
        return None


def _entered(principal: Principal, inside: _Inside, session: NodeSession | None) -> Entered:
    joined = [row for row in inside.everyone if row["status"] == "joined"]
    leads = inside.me["role"] in rules.LEADERS
    meeting_id = inside.meeting["id"]
    return Entered(
        meeting=views.meeting_of({**inside.meeting, "participant_count": len(joined)}),
        me=views.participant_of(inside.me),
        participants=roster_of(joined),
        participants_total=len(joined),
        media=session,
        chat=RecentChat(chat_id=meeting_id, messages=_recent(principal, inside)),
        lobby=lobby_of(inside.everyone) if leads else [],
        breakouts=views.breakouts_of(inside.breakouts),
        scopes=inside.scopes,
    )


def roster_of(rows: list[DictRow]) -> list[Participant]:
    """As many as fit into a reply, in the order in which they came."""
    found: list[Participant] = []
    size = 0
    for row in rows:
        one = views.participant_of(row)
        size += len(one.model_dump_json())
        if size > ROSTER_BYTES:
            break
        found.append(one)
    return found


def lobby_of(rows: list[DictRow]) -> list[Participant]:
    return roster_of([row for row in rows if row["status"] == "waiting"])[:50]


def _recent(principal: Principal, inside: _Inside) -> list[Message]:
    """The newest messages that fit, oldest first. In a meeting with breakout rooms the database is asked: it
    knows in which of them one has been."""
    meeting_id = inside.meeting["id"]
    if inside.breakouts is None:
        newest = chat.recent(meeting_id, principal, inside.me["id"], limit=RECENT_MESSAGES)
    else:
        newest = chat.history(principal, meeting_id, limit=RECENT_MESSAGES).items
    messages: list[Message] = []
    size = 0
    for message in reversed(newest):
        size += len(message.model_dump_json().encode())
        if size > CHAT_BYTES:
            break
        messages.append(message)
    return messages[::-1]
