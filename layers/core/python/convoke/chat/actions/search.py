"""Find words in what one may read."""

from datetime import datetime

from convoke.backends.postgres import transaction
from convoke.chat import search as model
from convoke.chat.actions.history import complete
from convoke.chat.search import Found, FoundPage
from convoke.chat.store import search as store
from convoke.chat.store.messages import stored_message
from convoke.identity.model import Principal
from convoke.operations.actions import limit as limit_rate


def search(  # noqa: PLR0917 (the query's own parameters)
    principal: Principal,
    asked: str,
    now: datetime,
    chat_id: str | None = None,
    cursor: str | None = None,
    limit: int = model.PAGE_DEFAULT,
) -> FoundPage:
    """Messages of the principal's chats, or of one of them, newest first; of a query without a word none."""
    limit_rate("messages.search", principal.key, per_minute=model.SEARCHES_PER_MINUTE, now=now)
    before = model.decode_cursor(cursor) if cursor else None
    size = min(max(limit, 1), model.PAGE_MAX)
    words = " ".join(asked.replace("\0", " ").split())[: model.QUERY_MOST]
    with transaction(principal) as conn:
        cursor_of = store.found(conn, words, chat_id=chat_id, before=before, limit=size + 1)
    rows = cursor_of.fetchall()
    kept = rows[:size]
    messages = complete(principal, [stored_message(row) for row in kept])
    return FoundPage(
        items=[
            Found(message=message.public(), highlights=model.spans(message.content, row["marked"]))
            for message, row in zip(messages, kept, strict=True)
        ],
        next_cursor=model.encode_cursor(kept[-1]["id"]) if len(rows) > size else None,
    )
