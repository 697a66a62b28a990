"""Chats with a long past: a page of history, what changed, the list of somebody with 5,000 chats. JSON lines.

    python -m tests.bench.bench_conversations [--messages 10000000] [--chats 5000] [--rounds 100]

The actions are measured as a function runs them: PostgreSQL, Redis, validation and all, without the gateway.
Targets: a page of history ≤ 10 ms with 10 million messages stored, the list of 5,000 chats ≤ 20 ms.
"""

import argparse
import json
import os
import random
import statistics
import time
from collections.abc import Callable
from datetime import UTC, datetime

import psycopg

from convoke.backends import redis
from convoke.chat import actions
from convoke.chat.model import encode_cursor
from convoke.identity.model import Principal
from convoke.ids import new_id
from tests.bench.bench_push import stores

POOL = 1_000
MEMBERS = 5
CHUNK_CHATS = 100
ME = new_id()
# Rebuilt when all rows are in: by row they would take most of the time.
INDEXES = ("messages_search", "messages_replies", "messages_sender_user", "messages_recipient_user")

PEOPLE = """
INSERT INTO users (user_id, email, display_name, created_at, updated_at)
SELECT CASE n WHEN 0 THEN %(me)s ELSE gen_random_uuid() END, 'bench' || n || '@example.org', 'Person ' || n,
    now(), now()
FROM generate_series(0, %(pool)s) n
"""
CHATS = """
INSERT INTO chats (chat_id, kind, title, created_at, updated_at, last_activity_at, last_seq)
SELECT gen_random_uuid(), 'group', 'Group ' || n, now(), now(), now() - n * interval '1 minute', %(each)s
FROM generate_series(1, %(chats)s) n
"""
MEMBERSHIPS = """
INSERT INTO chat_members (chat_id, member_id, user_id, display_name, joined_at, read_seq, read_at)
SELECT c.chat_id, u.user_id, u.user_id, u.display_name, now(), greatest(0, %(each)s - n %% 40), now()
FROM (SELECT chat_id, row_number() OVER () AS n FROM chats) c
JOIN (SELECT user_id, display_name, row_number() OVER (ORDER BY user_id <> %(me)s, user_id) - 1 AS place
      FROM users) u
    ON u.place = 0 OR u.place IN (
        SELECT 1 + (c.n * 7 + step * 131) %% %(pool)s FROM generate_series(1, %(others)s) step)
"""
MESSAGES = """
INSERT INTO messages (chat_id, message_id, client_id, sender_id, sender_user_id, sender_name, content,
    created_at, seq, changed_seq)
SELECT c.chat_id, gen_random_uuid(), 'c' || n, c.members[1 + n %% cardinality(c.members)],
    c.members[1 + n %% cardinality(c.members)], 'Person',
    'Message number ' || n || ', as long as people write them.',
    now() - (%(each)s - n) * interval '1 minute', n, n
FROM (SELECT m.chat_id, array_agg(m.member_id) AS members FROM chat_members m
      WHERE m.chat_id = ANY (%(chats)s) GROUP BY m.chat_id) c, generate_series(1, %(each)s) n
"""


def fill(owner_url: str, messages: int, chats: int) -> None:
    each = messages // chats
    values = {"me": ME, "pool": POOL, "each": each, "chats": chats, "others": MEMBERS - 1}
    with psycopg.connect(owner_url, autocommit=True) as conn:
        # The owner's rows need no look at foreign keys, and no trigger.
        conn.execute("SET session_replication_role = replica; SET maintenance_work_mem = '512MB'")
        definitions = [
            row[0]
            for name in INDEXES
            for row in conn.execute("SELECT pg_get_indexdef(%s::regclass)", (name,)).fetchall()
        ]
        for name in INDEXES:
            conn.execute(f"DROP INDEX {name}".encode())
        for query in (PEOPLE, CHATS, MEMBERSHIPS):
            conn.execute(query.encode(), values)
        ids = [row[0] for row in conn.execute("SELECT chat_id FROM chats").fetchall()]
        for first in range(0, len(ids), CHUNK_CHATS):
            conn.execute(MESSAGES.encode(), {"chats": ids[first : first + CHUNK_CHATS], "each": each})
        conn.execute(
            "UPDATE chats c SET last_message_id = m.message_id FROM messages m"
            " WHERE m.chat_id = c.chat_id AND m.seq = c.last_seq"
        )
        for definition in definitions:
            conn.execute(definition.replace(" ON ONLY ", " ON ").encode())
        conn.execute("VACUUM ANALYZE")


def measure(what: str, act: Callable[[], object], rounds: int, target: float, **more: object) -> None:
    for _ in range(5):
        act()
    wall = []
    for _ in range(rounds):
        started = time.perf_counter()
        act()
        wall.append((time.perf_counter() - started) * 1000)
    result = {
        "bench": "conversations",
        "what": what,
        **more,
        "rounds": rounds,
        "p50_ms": round(statistics.median(wall), 2),
        "p95_ms": round(statistics.quantiles(wall, n=20)[-1], 2),
        "max_ms": round(max(wall), 2),
        "target_ms": target,
    }
    print(json.dumps(result), flush=True)


def run(messages: int, chats: int, rounds: int) -> None:
    me = Principal(ME, None, None, None, "user", "basic", "Me")
    each = messages // chats
    chance = random.Random(1)
    found = actions.list_chats(me, limit=100).items
    sizes = {"messages": messages, "chats": chats}

    def somewhere() -> str:
        return chance.choice(found).id

    def page_in_the_middle() -> object:
        chat_id = somewhere()
        return actions.history(me, chat_id, cursor=encode_cursor(chat_id, chance.randrange(50, each)))

    def list_without_redis() -> object:
        redis.client().flushall()
        return actions.list_chats(me)

    newest = actions.list_chats(me)
    measure("newest page of 50", lambda: actions.history(me, somewhere()), rounds, 10, **sizes)
    measure("page of 50 in the middle", page_in_the_middle, rounds, 10, **sizes)
    measure(
        "changes after a number",
        lambda: actions.changes(me, somewhere(), after=each - 20),
        rounds,
        10,
        **sizes,
    )
    measure("list, counts in Redis", lambda: actions.list_chats(me), rounds, 20, **sizes)
    measure("list, Redis empty", list_without_redis, rounds, 20, **sizes)
    measure(
        "second page of the list",
        lambda: actions.list_chats(me, cursor=newest.next_cursor),
        rounds,
        20,
        **sizes,
    )
    measure("a chat and its members", lambda: actions.read_chat(me, somewhere()), rounds, 10, **sizes)
    now = datetime.now(UTC)
    measure(
        "mark as read",
        lambda: actions.mark_read(me, None, somewhere(), chance.randrange(each), now),
        rounds,
        10,
        **sizes,
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--messages", type=int, default=10_000_000)
    parser.add_argument("--chats", type=int, default=5_000)
    parser.add_argument("--rounds", type=int, default=100)
    options = parser.parse_args()
    # Nobody is connected, so nothing is pushed.
    os.environ.setdefault("SOCKET_CALLBACK_URL", "http://127.0.0.1:9/socket")
    with stores() as owner_url:
        started = time.perf_counter()
        fill(owner_url, options.messages, options.chats)
        filled = {"bench": "conversations", "what": "filled", "seconds": round(time.perf_counter() - started)}
        print(json.dumps(filled), flush=True)
        run(options.messages, options.chats, options.rounds)


if __name__ == "__main__":
    main()
