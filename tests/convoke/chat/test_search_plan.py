"""Search goes by the index of words, whoever owns the tables."""

from typing import Any

import psycopg
import pytest
from psycopg.rows import dict_row

from convoke.identity.model import Principal
from tests.conftest import Product
from tests.convoke.chat.house import NOW, House


@pytest.fixture
def house(product: Product) -> House:
    return House(product)


def plans(conn: psycopg.Connection[Any], who: Principal, asked: str, chat_id: str | None) -> str:
    """The plans of all that a search does, those inside functions too."""
    notices: list[str] = []
    conn.add_notice_handler(lambda notice: notices.append(notice.message_primary or ""))
    conn.execute("LOAD 'auto_explain'")
    for name, value in {
        "auto_explain.log_min_duration": "0",
        "auto_explain.log_nested_statements": "on",
        "client_min_messages": "log",
        "app.user_id": str(who.user_id),
    }.items():
        conn.execute("SELECT set_config(%s, %s, false)", (name, value))
    assert (
        len(conn.execute("SELECT * FROM search_messages(%s, %s, NULL, 21)", (asked, chat_id)).fetchall())
        == 20
    )
    return "\n".join(notices)


def become_plain_owner(conn: psycopg.Connection[Any]) -> None:
    """As on Aurora, where who owns the tables is no superuser, and row security is over the owner too."""
    conn.execute("CREATE ROLE plain_owner")
    conn.execute("GRANT ALL ON ALL TABLES IN SCHEMA public TO plain_owner")
    conn.execute("GRANT CREATE, USAGE ON SCHEMA public TO plain_owner")
    conn.execute("ALTER POLICY messages_search ON messages TO plain_owner")
    conn.execute("ALTER POLICY chat_members_search ON chat_members TO plain_owner")
    conn.execute("ALTER FUNCTION search_messages(text, uuid, uuid, integer) OWNER TO plain_owner")


@pytest.mark.parametrize("superuser", [True, False])
@pytest.mark.parametrize("in_one_chat", [True, False])
def test_messages_are_found_by_the_index_of_words_and_no_table_is_read_through(
    superuser: bool, in_one_chat: bool, product: Product, house: House
) -> None:
    ada = house.person()
    chat_id = house.chat(ada)
    house.chat(ada)
    product.owner.execute(
        """
        INSERT INTO messages (chat_id, message_id, client_id, sender_id, sender_user_id, sender_name, content,
            created_at, seq, changed_seq)
        SELECT %(chat)s, lowest_uuid_at(%(now)s + n * interval '1 second'), n, %(ada)s, %(ada)s, 'Ada',
            CASE WHEN n %% 200 = 0 THEN 'apple' ELSE 'word' || n END, %(now)s, n, n
        FROM generate_series(1, 4000) AS n
        """,
        {"chat": chat_id, "ada": ada.user_id, "now": NOW},
    )
    product.owner.execute("ANALYZE messages")
    with psycopg.connect(product.database.owner_url, row_factory=dict_row) as conn:
        if not superuser:
            become_plain_owner(conn)
        told = plans(conn, ada, "apples", chat_id if in_one_chat else None)
        conn.rollback()
    # The partition that the chat lies in; others may be too small for any index to be worth it.
    [home] = product.rows(
        "SELECT DISTINCT tableoid::regclass::text AS part FROM messages WHERE chat_id = %s", chat_id
    )
    searched = told[told.index(f"Bitmap Index Scan on {home['part']}_chat_id_search_idx") :].split("\n")
    assert "@@" in searched[1]
    assert f"Seq Scan on {home['part']} " not in told
