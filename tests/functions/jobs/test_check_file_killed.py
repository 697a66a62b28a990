"""A check that is killed after it has written down what it found: the next one does what was left undone."""

import json

import pytest

from convoke.backends import storage as backend
from convoke.files import actions
from functions.jobs import check_file as job
from local.stores import S3
from tests.conftest import Product
from tests.convoke.files.conftest import Send, Sign, a_chat, attach, keys, person, picture, say, uploaded
from tests.gateway import CONTEXT

__all__ = ["person", "uploaded"]


class Killed(BaseException):
    """As a process that ends: nothing catches it."""


def delivered(file_id: str) -> None:
    """The queue's message about the upload."""
    body = {"Records": [{"s3": {"object": {"key": f"uploads/{file_id}"}}}]}
    answer = job.handler({"Records": [{"messageId": "1", "body": json.dumps(body)}]}, CONTEXT)
    assert answer == {"batchItemFailures": []}


@pytest.mark.parametrize("body", [picture(), b"no picture at all"], ids=["good", "bad"])
@pytest.mark.usefixtures("sockets")
def test_the_message_and_the_bucket_hear_of_it_by_the_next(  # noqa: PLR0917 (fixtures)
    body: bytes,
    product: Product,
    storage: S3,
    person: Sign,
    uploaded: Send,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def die(*_: object) -> None:
        raise Killed

    ada = person()
    chat_id = a_chat(product, ada)
    file = uploaded(ada, body)
    actions.complete(ada, file.id, file.created_at)
    message_id = say(product, chat_id, ada)
    attach(ada, [file.id], chat_id, message_id)
    product.owner.execute("UPDATE chats SET last_seq = 1 WHERE chat_id = %s", (chat_id,))
    with monkeypatch.context() as patched:
        patched.setattr(backend, "delete", die)
        with pytest.raises(Killed):
            delivered(file.id)
    assert actions.read(ada, file.id).status in {"ready", "refused"}
    numbers = "SELECT seq, changed_seq FROM messages WHERE message_id = %s"
    [before] = product.rows(numbers, message_id)
    assert before["changed_seq"] == before["seq"]
    delivered(file.id)
    [after] = product.rows(numbers, message_id)
    assert after["changed_seq"] > after["seq"]
    assert f"uploads/{file.id}" not in keys(storage, file.id)
