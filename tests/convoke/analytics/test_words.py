"""Every event of a meeting has a sentence, private matters have none."""

import re
from pathlib import Path

import convoke
from convoke.analytics.model.words import is_told, sentence

# What sockets are told, and no event of the meeting's story.
SHOWN_ONLY = {
    "message.created",
    "message.updated",
    "participant.updated",
    "breakouts.updated",
    "breakouts.message",
    "invitation.updated",
    "invitation.received",
}


def kinds() -> set[str]:
    """Every kind of event that the product writes, found in its sources."""
    found: set[str] = set()
    for noun in ("meetings", "chat", "invitations"):
        for path in (Path(next(iter(convoke.__path__))) / noun).rglob("*.py"):
            found |= set(
                re.findall(
                    r'"((?:participant|meeting|message|breakouts|invitation)\.[a-z_]+)"', path.read_text()
                )
            )
    return found - SHOWN_ONLY - {"meeting.ended"}


def test_every_kind_that_the_product_writes_has_words_of_its_own() -> None:
    seen = kinds()
    assert {"participant.joined", "participant.screen_share_started", "meeting.started"} <= seen
    for kind in seen:
        assert kind.replace(".", " ").replace("_", " ") not in sentence(kind, "Ada", {}), kind


def test_leaving_is_told_with_its_reason() -> None:
    said = [
        sentence("participant.left", "Ada", {"reason": reason, "from": "joined"})
        for reason in ("voluntary", "connection_lost", "meeting_ended", "something new")
    ]
    assert said == [
        "Ada left",
        "Ada lost the connection and did not come back",
        "Ada left as the meeting ended",
        "Ada left",
    ]
    assert sentence("participant.left", "Ada", {"from": "waiting"}) == "Ada went away before entering"


def test_moving_is_told_by_where_to() -> None:
    assert sentence("participant.moved", "Ada", {"to": "a-room"}) == "Ada went into a breakout room"
    assert sentence("participant.moved", "Ada", {}) == "Ada came back to the main room"


def test_a_name_is_never_taken_for_a_pattern() -> None:
    assert sentence("participant.joined", "{role} %s", {}) == "{role} %s joined"


def test_private_messages_and_bookkeeping_are_not_told() -> None:
    assert not is_told("message.sent", {"private": "true"})
    assert not is_told("media.forwarded", {})
    assert is_told("message.sent", {"private": "false"})


def test_a_kind_that_is_newer_than_the_table_is_told_by_its_name() -> None:
    assert sentence("whiteboard.opened", "Ada", {}) == "Ada: whiteboard opened"
