"""What is told of messages that somebody has not read: one thing for each chat, however many there are."""

from dataclasses import dataclass

from convoke.notifications.model.notification import NotificationType

# A burst of messages is one look into the chat: the first of it asks for one, a little later.
GATHER_SECONDS = 5
LOOK_AFTER_SECONDS = 6
# Who has a page open is likely to see the message there.
LOOK_AGAIN_SECONDS = 25


@dataclass(frozen=True)
class Missed:
    """What one member of a chat has not read. Chat finds it (`chat.actions.missed`).

    `chat_title` is None in a chat of two; `preview` is the newest of them, as plain text.
    """

    user_id: str
    unread: int
    read_seq: int
    last_seq: int
    muted: bool
    mentioned: bool
    chat_title: str | None
    sender_name: str
    preview: str
    message_id: str


def type_of(missed: Missed) -> NotificationType | None:
    """None: a muted chat tells nothing, unless one is called by name."""
    if missed.mentioned:
        return NotificationType.MENTION
    return None if missed.muted else NotificationType.MESSAGE


def words_of(missed: Missed) -> tuple[str, str]:
    """Title and message."""
    if missed.chat_title is None:
        title, said = missed.sender_name, missed.preview
    else:
        title, said = missed.chat_title, f"{missed.sender_name}: {missed.preview}"
    return title, said if missed.unread == 1 else f"{missed.unread} new messages\n{said}"


def event_key(missed: Missed, chat_id: str, kind: NotificationType) -> str:
    """One for each run of unread messages: it begins where its reader has stopped."""
    return f"{kind.value}:{chat_id}:{missed.read_seq}"
