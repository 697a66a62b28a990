"""People with accounts, a chat of theirs, and uploads as a browser makes them."""

import io
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pytest
from PIL import Image
from psycopg import sql

from convoke.backends.postgres import System, transaction
from convoke.files import actions
from convoke.files.actions.check_file import check_file
from convoke.files.model import File, FileRequest, Upload
from convoke.identity.model import Principal
from convoke.ids import new_id
from local.stores import S3
from tests.conftest import Product

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)


@dataclass(frozen=True)
class Answer:
    status: int
    body: bytes
    headers: dict[str, str] = field(default_factory=dict)


def ask(method: str, url: str, body: bytes | None = None, headers: dict[str, str] | None = None) -> Answer:
    """A request as a client makes it that has nothing but the link."""
    request = urllib.request.Request(url, data=body, method=method, headers=headers or {})  # noqa: S310
    try:
        with urllib.request.urlopen(request, timeout=20) as answer:  # noqa: S310 - the test's own S3
            return Answer(answer.status, answer.read(), {k.lower(): v for k, v in answer.headers.items()})
    except urllib.error.HTTPError as error:
        return Answer(error.code, error.read())


def bring(upload: Upload, body: bytes) -> Answer:
    return ask(upload.method, upload.url, body, upload.headers)


def picture(size: tuple[int, int] = (40, 30), kind: str = "PNG", **options: Any) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", size, "teal").save(out, kind, **options)
    return out.getvalue()


def now() -> datetime:
    return datetime.now(UTC)


def check(file_id: str) -> str | None:
    """What became of it: "ready", or why it was refused."""
    checked = check_file(file_id, now())
    return (checked.reason or checked.status) if checked else None


def content(who: Principal, file_id: str, variant: Any = "original") -> Any:
    return ask("GET", actions.content(who, file_id, variant, now()).url)


def keys(storage: S3, file_id: str) -> set[str]:
    found = storage.client().list_objects_v2(Bucket="files").get("Contents", [])
    return {item["Key"].partition("/")[0] for item in found if item["Key"].endswith(file_id)}


def opened(body: bytes) -> Image.Image:
    return Image.open(io.BytesIO(body))


Sign = Callable[..., Principal]
Send = Callable[..., File]


@pytest.fixture
def person(storage: S3, product: Product) -> Sign:
    """`person("Ada", account_type="pro")`: somebody with an account."""

    def register(name: str = "Ada", *, account_type: str = "basic") -> Principal:
        user_id = new_id()
        product.owner.execute(
            "INSERT INTO users (user_id, email, display_name, account_type, created_at, updated_at)"
            " VALUES (%s, %s, %s, %s, now(), now())",
            (user_id, f"{user_id}@example.org", name, account_type),
        )
        return Principal(user_id, None, None, None, "user", account_type, display_name=name)

    return register


@pytest.fixture
def uploaded(storage: S3) -> Send:
    """`uploaded(ada, b"…", "a.png", "image/png")`: begun and brought, not checked yet."""

    def send(
        who: Principal,
        body: bytes,
        name: str = "a.png",
        content_type: str = "image/png",
        *,
        now: datetime | None = None,
        **fields: Any,
    ) -> File:
        request = FileRequest(name=name, size=len(body), content_type=content_type, **fields)
        started = actions.start_upload(who, request, now or datetime.now(UTC))
        assert bring(started.upload, body).status == 200
        return started.file

    return send


def a_chat(product: Product, *people: Principal) -> str:
    """A group with these people in it."""
    chat_id = new_id()
    product.owner.execute(
        "INSERT INTO chats (chat_id, kind, created_at, updated_at, last_activity_at)"
        " VALUES (%s, 'group', %s, %s, %s)",
        (chat_id, NOW, NOW, NOW),
    )
    for who in people:
        product.owner.execute(
            "INSERT INTO chat_members (chat_id, member_id, user_id, display_name, joined_at)"
            " VALUES (%s, %s, %s, %s, %s)",
            (chat_id, who.user_id, who.user_id, who.display_name, NOW),
        )
    return chat_id


def say(  # noqa: PLR0917 (a row)
    product: Product,
    chat_id: str,
    who: Principal,
    content: str = "",
    seq: int = 1,
    at: datetime = NOW,
    **more: Any,
) -> str:
    """A message as it lies in the table."""
    row = {
        "chat_id": chat_id, "message_id": new_id(at), "client_id": new_id(), "sender_id": who.user_id,
        "sender_user_id": who.user_id, "sender_name": who.display_name, "content": content, "created_at": at,
        "seq": seq, "changed_seq": seq, **more,
    }  # fmt: skip
    insert = sql.SQL("INSERT INTO messages ({}) VALUES ({})").format(
        sql.SQL(", ").join(map(sql.Identifier, row)), sql.SQL(", ").join(map(sql.Placeholder, row))
    )
    product.owner.execute(insert, row)
    return str(row["message_id"])


def attach(who: Principal, file_ids: list[str], chat_id: str, message_id: str) -> list[Any]:
    with transaction(who) as conn:
        return list(actions.attach(conn, who, file_ids, chat_id, message_id))


def delete_message(message_id: str, chat_id: str, at: datetime) -> None:
    with transaction(System()) as conn:
        conn.execute("UPDATE messages SET deleted_at = %s WHERE message_id = %s", (at, message_id))
        actions.forget(conn, chat_id, message_id, at)
