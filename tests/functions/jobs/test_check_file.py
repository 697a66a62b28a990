"""The bucket's events lead to checks; what fails comes again, and only that."""

import json
from typing import Any

import pytest

from convoke.files import actions
from convoke.files.actions.check_file import check_file
from convoke.files.metadata import without_metadata
from functions.jobs import check_file as job
from local.stores import S3
from tests.convoke.files import photos
from tests.convoke.files.conftest import Send, Sign, content, person, picture, uploaded
from tests.gateway import CONTEXT

__all__ = ["person", "uploaded"]


def event(*keys: str) -> dict[str, Any]:
    """As S3 sends it for new objects: keys are encoded as in a form."""
    return {"Records": [{"eventName": "ObjectCreated:Put", "s3": {"object": {"key": key}}} for key in keys]}


def handled(*bodies: Any) -> list[str]:
    """The messages that failed."""
    records = [{"messageId": str(number), "body": json.dumps(body)} for number, body in enumerate(bodies)]
    answer = job.handler({"Records": records}, CONTEXT)
    return [failed["itemIdentifier"] for failed in answer["batchItemFailures"]]


def told(file_id: str) -> list[str]:
    return handled(event(f"uploads/{file_id}"))


def test_an_upload_is_checked_when_the_bucket_tells_of_it(storage: S3, person: Sign, uploaded: Send) -> None:
    ada = person()
    file = uploaded(ada, picture())
    assert told(file.id) == []
    assert actions.read(ada, file.id).status == "ready"
    # Told twice, as S3 may.
    assert told(file.id) == []


def test_a_photo_is_kept_without_its_place_however_often_it_is_told_of(
    storage: S3, person: Sign, uploaded: Send
) -> None:
    ada, body = person(), photos.jpeg()
    file = uploaded(ada, body, "a.jpg", "image/jpeg")
    twice = event(f"uploads/{file.id}", f"uploads/{file.id}")
    assert handled(twice, twice, {"file_id": file.id}) == []
    kept = content(ada, file.id).body
    assert kept == without_metadata(body, "image/jpeg")
    assert actions.read(ada, file.id).size == len(kept)


def test_a_broken_photo_is_refused_at_once_and_does_not_come_again(
    storage: S3, person: Sign, uploaded: Send
) -> None:
    ada = person()
    file = uploaded(ada, photos.jpeg()[:900], "a.jpg", "image/jpeg")
    assert told(file.id) == []
    assert actions.read(ada, file.id).reason == "broken"


def test_the_sweep_asks_by_the_files_name(storage: S3, person: Sign, uploaded: Send) -> None:
    ada = person()
    file = uploaded(ada, picture())
    assert handled({"file_id": file.id}) == []
    assert actions.read(ada, file.id).status == "ready"


def test_what_is_no_upload_is_no_failure(storage: S3) -> None:
    unknown = "01991b6e-5c00-7a10-8000-000000000000"
    test_event = {"Service": "Amazon S3", "Event": "s3:TestEvent", "Bucket": "files"}
    keys = ("uploads/../files/x", f"files/{unknown}", "uploads/", f"uploads/{unknown}", "a+b%2Fc")
    assert handled(test_event, *(event(key) for key in keys)) == []


def test_only_what_fails_comes_again(
    storage: S3, person: Sign, uploaded: Send, monkeypatch: pytest.MonkeyPatch
) -> None:
    ada = person()
    good, bad = uploaded(ada, picture()), uploaded(ada, picture())

    def fail_for_one(file_id: str, now: Any) -> Any:
        if file_id == bad.id:
            raise OSError("the store is away")
        return check_file(file_id, now)

    monkeypatch.setattr(job, "check_file", fail_for_one)
    assert handled(event(f"uploads/{bad.id}"), event(f"uploads/{good.id}"), {"Records": "nonsense"}) == [
        "0",
        "2",
    ]
    assert actions.read(ada, good.id).status == "ready"
