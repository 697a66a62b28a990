"""What nobody uses goes, with its objects; what is stuck in its check is asked for again."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from convoke.errors import Problem
from convoke.files import actions
from convoke.files.actions.sweep_files import sweep_files
from functions.jobs import sweep_files as job
from local.stores import S3
from tests.conftest import Product
from tests.convoke.files.conftest import (
    Send,
    Sign,
    a_chat,
    ask,
    attach,
    check,
    delete_message,
    keys,
    now,
    person,
    picture,
    say,
    uploaded,
)
from tests.gateway import CONTEXT

__all__ = ["person", "uploaded"]


def later(**time: float) -> datetime:
    return datetime.now(UTC) + timedelta(**time)


def exists(product: Product, file_id: str) -> bool:
    return bool(product.rows("SELECT 1 FROM files WHERE file_id = %s", file_id))


def test_orphans_go_after_a_day_with_their_objects_and_others_stay(
    product: Product, storage: S3, person: Sign, uploaded: Send
) -> None:
    ada = person()
    chat_id = a_chat(product, ada)
    orphan, never, sent = (uploaded(ada, picture()) for _ in range(3))
    face = uploaded(ada, picture(), purpose="avatar")
    for file in (orphan, sent, face):
        assert check(file.id) == "ready"
    attach(ada, [sent.id], chat_id, say(product, chat_id, ada))
    actions.set_avatar(ada, face.id, now())
    sweep_files(later(hours=23))
    assert exists(product, orphan.id)
    swept = sweep_files(later(hours=25))
    assert swept.orphans == swept.removed == 2
    for file in (orphan, never):
        assert not exists(product, file.id)
        assert keys(storage, file.id) == set()
    for file in (sent, face):
        assert ask("GET", actions.content(ada, file.id, "original", now()).url).status == 200


def test_files_of_a_deleted_message_go_at_once(
    product: Product, storage: S3, person: Sign, uploaded: Send
) -> None:
    ada = person()
    chat_id = a_chat(product, ada)
    file = uploaded(ada, picture())
    check(file.id)
    message_id = say(product, chat_id, ada)
    attach(ada, [file.id], chat_id, message_id)
    delete_message(message_id, chat_id, now())
    assert job.handler({}, CONTEXT)["removed"] == 1
    assert not exists(product, file.id)
    assert keys(storage, file.id) == set()


def test_a_picture_that_was_replaced_goes_after_a_day(
    product: Product, storage: S3, person: Sign, uploaded: Send
) -> None:
    ada = person()
    first, second = (uploaded(ada, picture(), purpose="avatar") for _ in range(2))
    for file in (first, second):
        check(file.id)
        actions.set_avatar(ada, file.id, now())
    sweep_files(later(hours=25))
    assert (exists(product, first.id), exists(product, second.id)) == (False, True)


def test_objects_that_cannot_be_removed_keep_their_row(
    product: Product, storage: S3, person: Sign, uploaded: Send, monkeypatch: pytest.MonkeyPatch
) -> None:
    ada = person()
    file = uploaded(ada, picture())
    actions.delete(ada, file.id, now())

    def fail(*_: Any) -> None:
        raise OSError("objects not deleted")

    with monkeypatch.context() as patched:
        patched.setattr("convoke.backends.storage.delete", fail)
        with pytest.raises(OSError, match="not deleted"):
            sweep_files(now())
    assert exists(product, file.id)
    with pytest.raises(Problem, match="not_found"):
        actions.read(ada, file.id)
    assert sweep_files(now()).removed == 1


def test_a_check_that_got_lost_is_asked_for_again(
    product: Product, storage: S3, person: Sign, uploaded: Send
) -> None:
    ada = person()
    lost, waiting = uploaded(ada, picture()), uploaded(ada, picture())
    actions.complete(ada, lost.id, now())
    assert sweep_files(later(minutes=5)).asked_again == 0
    assert sweep_files(later(minutes=11)).asked_again == 1
    sqs = product.stores.aws.client("sqs")
    url = sqs.get_queue_url(QueueName="uploads")["QueueUrl"]
    [message] = sqs.receive_message(QueueUrl=url)["Messages"]
    assert json.loads(message["Body"]) == {"file_id": lost.id}
    assert actions.read(ada, waiting.id).status == "pending"
    check(lost.id)
    assert sweep_files(later(minutes=11)).asked_again == 0
