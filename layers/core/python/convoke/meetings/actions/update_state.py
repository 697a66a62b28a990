"""What a participant shows of itself: microphone, camera, screen, hand, reactions."""

from convoke.backends.postgres import transaction
from convoke.errors import forbidden
from convoke.meetings import rules, views
from convoke.meetings.actions import announce
from convoke.meetings.actions.record import record
from convoke.meetings.caller import Caller
from convoke.meetings.messages import Done, ParticipantReply, Reaction, ReactionRequest, StateChange
from convoke.meetings.store import meetings, participants


def update_state(caller: Caller, request: StateChange) -> ParticipantReply:
    """Change what is named. Two round trips: what decides, then the change, its events and commit."""
    member = caller.member()
    changes = request.model_dump(exclude_none=True)
    with transaction(member.principal) as conn:
        rights = meetings.rights(conn, member.meeting_id)
        rows = participants.locked(conn, member.meeting_id, [member.participant_id])
        right = rights.fetchone() or {"status": "ended", "allow_screen_share": False}
        before = member.require_present(rows.fetchone())
        rules.require_open(right["status"])
        rules.require_state(
            changes,
            role=before["role"],
            allow_screen_share=right["allow_screen_share"],
            was_sharing=before["screen_sharing"],
        )
        state = {name: before[name] for name in participants.STATE}
        kinds = rules.state_events(state, {**state, **changes})
        if not kinds:
            return ParticipantReply(participant=views.participant_of(before))
        changed = participants.change(conn, member.participant_id, changes, caller.now)
        for kind in kinds:
            record(conn, kind, before, caller.now)
    row = changed.fetchone() or {}
    announce.participant_changed("participant.updated", row, caller.now)
    return ParticipantReply(participant=views.participant_of(row))


def send_reaction(caller: Caller, request: ReactionRequest) -> Done:
    """Show everybody an emoji for a moment."""
    member = caller.member()
    rules.require_emoji(request.emoji)
    with transaction(member.principal) as conn:
        rights = meetings.rights(conn, member.meeting_id)
        rows = participants.one(conn, member.meeting_id, member.participant_id)
        right = rights.fetchone() or {"status": "ended", "allow_reactions": False}
        row = member.require_present(rows.fetchone())
        rules.require_open(right["status"])
        if not right["allow_reactions"] and row["role"] not in rules.LEADERS:
            raise forbidden("reactions_not_allowed", "The host has switched reactions off.")
        record(conn, "participant.reacted", row, caller.now, emoji=request.emoji)
    shown = Reaction(participant_id=member.participant_id, emoji=request.emoji)
    announce.to_meeting(member.meeting_id, "reaction", shown, caller.now)
    return Done()
