"""People, their chats and what they said, as rows: for tests that need many of them, or strange ones."""

from datetime import UTC, datetime, timedelta
from typing import Any

from psycopg import sql

from convoke.identity.model import Principal
from convoke.ids import new_id
from tests.conftest import Product

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)


class House:
    """People, their chats, and what they said, as rows."""

    def __init__(self, product: Product) -> None:
        self._product = product
        self._seq = 0

    def person(self, language: str = "en") -> Principal:
        user_id = new_id()
        self._insert(
            "users", user_id=user_id, email=f"{user_id}@example.org", display_name="Ada", language=language,
            created_at=NOW, updated_at=NOW,
        )  # fmt: skip
        return Principal(user_id, None, None, None, "user", "basic")

    def chat(self, *people: Principal, kind: str = "group") -> str:
        chat_id = new_id()
        self._insert(
            "chats", chat_id=chat_id, kind=kind, created_at=NOW, updated_at=NOW, last_activity_at=NOW
        )
        for who in people:
            self._insert(
                "chat_members", chat_id=chat_id, member_id=who.key, user_id=who.user_id,
                participant_id=who.participant_id, display_name="Ada", joined_at=NOW,
            )  # fmt: skip
        return chat_id

    def say(self, chat_id: str, who: Principal, content: str, **more: Any) -> str:
        self._seq += 1
        at = more.pop("at", NOW + timedelta(seconds=self._seq))
        row: dict[str, Any] = {
            "chat_id": chat_id, "message_id": new_id(at), "client_id": new_id(), "sender_id": who.key,
            "sender_user_id": who.user_id, "sender_name": "Ada", "content": content, "created_at": at,
            "seq": self._seq, "changed_seq": self._seq, **more,
        }  # fmt: skip
        self._insert("messages", **row)
        return str(row["message_id"])

    def leave(self, chat_id: str, who: Principal, at: datetime) -> None:
        self._product.owner.execute(
            "UPDATE chat_members SET left_at = %s WHERE chat_id = %s AND member_id = %s",
            (at, chat_id, who.key),
        )

    def _insert(self, table: str, **row: Any) -> None:
        statement = sql.SQL("INSERT INTO {} ({}) VALUES ({})").format(
            sql.Identifier(table),
            sql.SQL(", ").join(map(sql.Identifier, row)),
            sql.SQL(", ").join(map(sql.Placeholder, row)),
        )
        self._product.owner.execute(statement, row)
