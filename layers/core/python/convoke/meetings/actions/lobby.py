"""The waiting room, from the inside: let people in, or do not."""

from convoke.backends.postgres import transaction
from convoke.errors import conflict
from convoke.meetings import rules
from convoke.meetings.actions import announce
from convoke.meetings.actions.join_meeting import meeting_full
from convoke.meetings.actions.record import record
from convoke.meetings.caller import Caller
from convoke.meetings.messages import AdmitRequest, Admitted, Done, TargetRequest
from convoke.meetings.store import leaving, meetings, participants
from convoke.operations.actions import audit


def admit(caller: Caller, request: AdmitRequest) -> Admitted:
    """Let one or all of the waiting in, as many as have a seat, longest waiting first.

    Raises Problem `not_waiting` (409) when the one asked for is not there, `meeting_full` when nobody fits.
    """
    member = caller.member()
    with transaction(member.principal) as conn:
        held = meetings.by_id(conn, member.meeting_id, lock=True)
        actors = participants.locked(conn, member.meeting_id, [member.participant_id])
        lobby = participants.roster(conn, member.meeting_id, "waiting")
        seats = participants.seats_taken(conn, member.meeting_id, caller.now)
        keys = meetings.leader_keys(conn, member.meeting_id)
        rules.require_leader(member.require_present(actors.fetchone())["role"])
        meeting, taken = held.fetchone() or {}, (seats.fetchone() or {})["taken"]
        waiting = {row["id"]: row for row in lobby.fetchall()}
        wanted = list(waiting) if request.all else [one for one in waiting if one == request.participant_id]
        if request.participant_id and not wanted:
            raise not_waiting()
        chosen = rules.within_capacity(wanted, taken=taken, capacity=meeting["max_participants"])
        if wanted and not chosen:
            raise meeting_full()
        admitted = participants.admit(conn, chosen, caller.now)
        for participant_id in chosen:
            person = waiting[participant_id]
            record(conn, "participant.admitted", person, caller.now, by=member.participant_id)
    rows = admitted.fetchall()
    leaders = (keys.fetchone() or {"keys": []})["keys"]
    for row in rows:
        announce.to_person(row, "lobby.admitted", caller.now)
        announce.lobby_left(leaders, row, caller.now)
    return Admitted(admitted=[row["id"] for row in rows])


def deny(caller: Caller, request: TargetRequest) -> Done:
    """Send somebody away from the waiting room; they may ask again, and wait again."""
    member = caller.member()
    with transaction(member.principal) as conn:
        meetings.by_id(conn, member.meeting_id, lock=True)
        rows = participants.locked(conn, member.meeting_id, [member.participant_id, request.participant_id])
        keys = meetings.leader_keys(conn, member.meeting_id)
        found = {row["id"]: row for row in rows.fetchall()}
        rules.require_leader(member.require_present(found.get(member.participant_id))["role"])
        target = found.get(request.participant_id)
        if target is None or target["status"] != "waiting":
            raise not_waiting()
        denied = leaving.depart(
            conn, target["id"], status="removed", reason="denied", from_status=["waiting"], now=caller.now
        )
        if target["user_id"] is None:
            meetings.make_guests_wait(conn, member.meeting_id, caller.now)
        record(conn, "participant.denied", target, caller.now, by=member.participant_id)
        audit(
            conn,
            member.principal,
            event_type="participant",
            action="deny",
            target_type="participant",
            target_id=target["id"],
            now=caller.now,
        )
    row = denied.fetchone() or target
    announce.to_person(row, "lobby.denied", caller.now)
    announce.lobby_left((keys.fetchone() or {"keys": []})["keys"], row, caller.now)
    return Done()


def not_waiting() -> Exception:
    return conflict("not_waiting", "This person is not in the waiting room any more.", title="Not waiting")
