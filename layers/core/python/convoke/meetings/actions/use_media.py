"""Connect and restart a participant's media, for who is in the meeting."""

from psycopg.rows import DictRow

from convoke.backends.postgres import transaction
from convoke.media import actions as media
from convoke.meetings import rules
from convoke.meetings.actions.enter_meeting import media_request
from convoke.meetings.caller import Caller, Member
from convoke.meetings.messages import MediaReply, MediaRequest
from convoke.meetings.store import meetings, participants


def connect_media(caller: Caller, request: MediaRequest) -> MediaReply:
    """A new session, maybe on another node. Raises Problem 503 `media_unavailable`, 400 `malformed_sdp`."""
    member = caller.member()
    row, allow_screen_share = _allowed(member)
    wanted = media_request(row, request.publish, allow_screen_share=allow_screen_share)
    session = media.connect(member.meeting_id, member.participant_id, wanted, now=caller.now)
    return MediaReply(media=session)


def restart_media(caller: Caller, request: MediaRequest) -> MediaReply:
    """An ICE restart of the session. Raises Problem 404 `unknown_session`: connect anew."""
    member = caller.member()
    row, allow_screen_share = _allowed(member)
    wanted = media_request(row, request.publish, allow_screen_share=allow_screen_share)
    session = media.restart(member.meeting_id, member.participant_id, wanted, now=caller.now)
    return MediaReply(media=session)


def _allowed(member: Member) -> tuple[DictRow, bool]:
    with transaction(member.principal) as conn:
        rights = meetings.rights(conn, member.meeting_id)
        rows = participants.one(conn, member.meeting_id, member.participant_id)
    row = rows.fetchone()
    member.require_present(row)
    right = rights.fetchone()
    rules.require_open(right["status"] if right else "ended")
    return row or {}, bool(right and right["allow_screen_share"])
