"""What host and co-hosts do to others in the meeting: mute, rename, give roles, remove, hand over."""

from collections.abc import Mapping
from typing import Any

import psycopg
from psycopg.rows import DictRow

from convoke.backends.postgres import transaction
from convoke.chat import actions as chat
from convoke.errors import conflict, invalid
from convoke.media import actions as media
from convoke.media.model import StreamType
from convoke.meetings import rules, views
from convoke.meetings.actions import announce, departures
from convoke.meetings.actions.record import record
from convoke.meetings.caller import Caller, Member
from convoke.meetings.messages import Done, ParticipantReply, PromoteRequest, RenameRequest, TargetRequest
from convoke.meetings.store import leaving, meetings, participants
from convoke.operations.actions import audit

Row = Mapping[str, Any]
Conn = psycopg.Connection[DictRow]


def mute(caller: Caller, request: TargetRequest) -> ParticipantReply:
    """Stop forwarding a microphone, and ask its owner to mute. Nobody can be unmuted from outside."""
    member = caller.member()
    with transaction(member.principal) as conn:
        actor, target = _two(conn, member, request.participant_id)
        if actor["id"] != target["id"]:
            rules.require_power(actor["role"], target["role"], what="mute")
        changed = participants.change(conn, target["id"], {"muted": True}, caller.now)
        _note(conn, member, target, kind="participant.muted", action="mute")
    row = changed.fetchone() or {}
    media.pause(rules.media_room(row), row["id"], StreamType.MICROPHONE, now=caller.now)
    announce.participant_changed("participant.updated", row, caller.now)
    announce.to_person(row, "mute.requested", caller.now)
    return ParticipantReply(participant=views.participant_of(row))


def rename(caller: Caller, request: RenameRequest) -> ParticipantReply:
    """One's own name, or that of somebody of lower rank."""
    member = caller.member()
    with transaction(member.principal) as conn:
        actor, target = _two(conn, member, request.participant_id)
        if actor["id"] != target["id"]:
            rules.require_power(actor["role"], target["role"], what="rename")
        changed = participants.change(conn, target["id"], {"display_name": request.display_name}, caller.now)
        chat.rename_member(conn, member.meeting_id, target["id"], request.display_name)
        _note(conn, member, target, kind="participant.renamed", action="rename")
    row = changed.fetchone() or {}
    announce.participant_changed("participant.updated", row, caller.now)
    return ParticipantReply(participant=views.participant_of(row))


def promote(caller: Caller, request: PromoteRequest) -> ParticipantReply:
    """Give another role. What may be sent now that it may not, or may not any more, needs a new session on
    the node: the one there is ends, and the client connects anew."""
    member = caller.member()
    with transaction(member.principal) as conn:
        rights = meetings.rights(conn, member.meeting_id)
        actor, target = _two(conn, member, request.participant_id)
        rules.require_promotion(actor["role"], target["role"], request.role)
        shares = bool((rights.fetchone() or {"allow_screen_share": False})["allow_screen_share"])
        changes: dict[str, Any] = {"role": request.role}
        changes |= rules.state_lost(request.role, allow_screen_share=shares)
        changed = participants.change(conn, target["id"], changes, caller.now)
        data = {"from": target["role"], "to": request.role}
        _note(conn, member, target, kind="participant.promoted", action="promote", data=data)
    row = changed.fetchone() or {}
    if not rules.same_rights(target["role"], request.role, allow_screen_share=shares):
        media.disconnect(rules.media_room(row), row["id"], now=caller.now)
    announce.participant_changed("participant.updated", row, caller.now)
    return ParticipantReply(participant=views.participant_of(row))


def remove(caller: Caller, request: TargetRequest) -> Done:
    """Put somebody out. They come back only through the waiting room; after a guest, all new guests wait."""
    member = caller.member()
    if request.participant_id == member.participant_id:
        raise invalid("leave instead", field="participant_id")
    with transaction(member.principal) as conn:
        # The meeting first, as everybody does who changes both: or two would wait for each other.
        meetings.by_id(conn, member.meeting_id, lock=True)
        actor, target = _two(conn, member, request.participant_id)
        rules.require_power(actor["role"], target["role"], what="remove")
        removed = leaving.depart(
            conn, target["id"], status="removed", reason="kicked", from_status=["joined"], now=caller.now
        )
        if target["user_id"] is None:
            meetings.make_guests_wait(conn, member.meeting_id, caller.now)
        keys = meetings.leader_keys(conn, member.meeting_id)
        departures.note_departure(
            conn, {**target, "status": "removed", "was": "joined"}, "kicked", caller.now
        )
        _note(conn, member, target, kind=None, action="remove")
    row = removed.fetchone()
    if row is not None:
        departures.announce_departure(row, keys, "kicked", caller.now)
        announce.to_person(row, "participant.removed", caller.now)
    return Done()


def transfer(caller: Caller, request: TargetRequest) -> ParticipantReply:
    """Make another signed-in participant the host; the host until now becomes a co-host."""
    member = caller.member()
    with transaction(member.principal) as conn:
        held = meetings.by_id(conn, member.meeting_id, lock=True)
        actor, target = _two(conn, member, request.participant_id)
        rules.require_host(actor["role"])
        if actor["id"] == target["id"]:
            raise invalid("is the host already", field="participant_id")
        if target["user_id"] is None:
            raise conflict(
                "host_needs_account", "A guest cannot be the host.", title="The host needs an account"
            )
        raised = participants.change(conn, target["id"], {"role": "host"}, caller.now)
        lowered = participants.change(conn, actor["id"], {"role": "co-host"}, caller.now)
        meeting = meetings.change(conn, member.meeting_id, {"host_user_id": target["user_id"]}, caller.now)
        data = {"user_id": target["user_id"]}
        _note(conn, member, target, kind="meeting.host_changed", action="transfer", data=data)
    row, before = raised.fetchone() or {}, held.fetchone() or {"allow_screen_share": True}
    if not rules.same_rights(target["role"], "host", allow_screen_share=before["allow_screen_share"]):
        media.disconnect(rules.media_room(row), row["id"], now=caller.now)
    announce.participant_changed("participant.updated", row, caller.now)
    announce.participant_changed("participant.updated", lowered.fetchone() or {}, caller.now)
    announce.meeting_changed(meeting.fetchone() or {}, caller.now)
    return ParticipantReply(participant=views.participant_of(row))


def _two(conn: Conn, member: Member, target_id: str) -> tuple[Row, Row]:
    """The caller's row and the target's, both held until commit and both of people who are in."""
    rows = participants.locked(conn, member.meeting_id, [member.participant_id, target_id])
    found = {row["id"]: row for row in rows.fetchall()}
    actor = member.require_present(found.get(member.participant_id))
    target = found.get(target_id)
    if target is None:
        # To who leads nobody, row security gives nobody else's row to hold: the rule must speak first.
        rules.require_leader(actor["role"])
    if target is None or target["status"] != "joined":
        raise conflict("not_in_meeting_any_more", "This person is not in the meeting.", title="Not here")
    return actor, target


def _note(
    conn: Conn,
    member: Member,
    target: Row,
    *,
    kind: str | None,
    action: str,
    data: dict[str, Any] | None = None,
) -> None:
    if kind is not None:
        record(conn, kind, target, member.now, **(data or {}), by=member.participant_id)
    audit(
        conn,
        member.principal,
        event_type="participant",
        action=action,
        target_type="participant",
        target_id=target["id"],
        metadata=data or {},
        now=member.now,
    )
