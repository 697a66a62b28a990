"""SQL of search: where the words are says a function of the owner's, what is there row security shows."""

from typing import Any

import psycopg

from convoke.chat.search import BEGIN, END
from convoke.chat.store.messages import COLUMNS

_MARKS = f"HighlightAll=true, StartSel={BEGIN}, StopSel={END}"


def found(
    conn: psycopg.Connection[dict[str, Any]],
    asked: str,
    *,
    chat_id: str | None,
    before: str | None,
    limit: int,
) -> psycopg.Cursor[dict[str, Any]]:
    """Messages that have the words, newest first, with marks around these; not fetched yet."""
    return conn.execute(
        f"""
        SELECT {COLUMNS},
            ts_headline(m.search_language, m.content, websearch_to_tsquery(m.search_language, %(asked)s),
                %(marks)s) AS marked
        FROM search_messages(%(asked)s, %(chat)s, %(before)s, %(limit)s) place
        JOIN messages m ON m.chat_id = place.chat_id AND m.message_id = place.message_id
        ORDER BY m.message_id DESC
        """,  # noqa: S608 (constants)
        {"asked": asked, "chat": chat_id, "before": before, "limit": limit, "marks": _MARKS},
    )
