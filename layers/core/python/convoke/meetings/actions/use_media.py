"""Connect and restart a participant's media, for who is in the meeting."""

from convoke.backends.postgres import transaction
from convoke.media import actions as media
from convoke.media.model import NodeSessionRequest
from convoke.meetings import rules
from convoke.meetings.actions.enter_meeting import media_request
from convoke.meetings.caller import Caller, Member
from convoke.meetings.messages import MediaReply, MediaRequest
from convoke.meetings.store import meetings, participants


def connect_media(caller: Caller, request: MediaRequest) -> MediaReply:
    """A new session, maybe on another node. Raises Problem 503 `media_unavailable`, 400 `malformed_sdp`."""
    member = caller.member()
    room, wanted = _wanted(member, request)
    return MediaReply(media=media.connect(room, member.participant_id, wanted, now=caller.now))


def restart_media(caller: Caller, request: MediaRequest) -> MediaReply:
    """An ICE restart of the session. Raises Problem 404 `unknown_session`: connect anew."""
    member = caller.member()
    room, wanted = _wanted(member, request)
    return MediaReply(media=media.restart(room, member.participant_id, wanted, now=caller.now))


def _wanted(member: Member, request: MediaRequest) -> tuple[str, NodeSessionRequest]:
    """The room, and what its node is asked for on behalf of somebody who is in a meeting that goes on."""
    with transaction(member.principal) as conn:
        rights = meetings.rights(conn, member.meeting_id)
        rows = participants.one(conn, member.meeting_id, member.participant_id)
    row = member.require_present(rows.fetchone())
    right = rights.fetchone() or {"status": "ended", "allow_screen_share": False}
    rules.require_open(right["status"])
    wanted = media_request(row, request.publish, allow_screen_share=right["allow_screen_share"])
    return rules.media_room(row), wanted
