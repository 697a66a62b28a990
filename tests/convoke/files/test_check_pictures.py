"""Pictures in a real S3: others get them without what they tell, whatever happens to the check on its way."""

import os
import signal
import subprocess
import sys
from datetime import timedelta

import pytest

from convoke.errors import Problem
from convoke.files import actions
from convoke.files.actions.check_file import CHECK_SECONDS, DEATHS_MOST, check_file
from convoke.files.metadata import without_metadata
from convoke.files.model import MB
from convoke.identity.model import Principal
from local.stores import S3
from tests.conftest import Product
from tests.convoke.files import photos
from tests.convoke.files.conftest import (
    Send,
    Sign,
    a_chat,
    attach,
    check,
    content,
    keys,
    now,
    opened,
    say,
)
from tests.convoke.files.photos import SECRET

JPEG = "image/jpeg"
# Dies by SIGKILL before or after a step of the check, as when the function's time is up: nothing is tidied.
DOOMED = """
import importlib, os, signal, sys
from datetime import UTC, datetime
file_id, module, name, nth, when = sys.argv[1:]
owner = importlib.import_module(module)
real, seen = getattr(owner, name), []

def doomed(*args, **options):
    seen.append(1)
    last = len(seen) == int(nth)
    if last and when == "before":
        os.kill(os.getpid(), signal.SIGKILL)
    found = real(*args, **options)
    if last:
        os.kill(os.getpid(), signal.SIGKILL)
    return found

setattr(owner, name, doomed)
from convoke.files.actions.check_file import check_file
check_file(file_id, datetime.now(UTC))
"""
S3_BACKEND, FILES_STORE = "convoke.backends.storage", "convoke.files.store"


def die_in_check(file_id: str, module: str, name: str, nth: int, when: str) -> None:
    arguments = [sys.executable, "-c", DOOMED, file_id, module, name, str(nth), when]
    assert subprocess.run(arguments, env=dict(os.environ), check=False).returncode == -signal.SIGKILL


def check_later(file_id: str) -> str | None:
    """When the lease of the one that died is over."""
    checked = check_file(file_id, now() + timedelta(seconds=CHECK_SECONDS + 1))
    return (checked.reason or checked.status) if checked else None


def everything_of(storage: S3, file_id: str) -> dict[str, bytes]:
    client = storage.client()
    return {
        folder: client.get_object(Bucket="files", Key=f"{folder}/{file_id}")["Body"].read()
        for folder in keys(storage, file_id)
    }


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        (JPEG, photos.jpeg()),
        (JPEG, photos.two_in_one()),
        ("image/png", photos.png()),
        ("image/webp", photos.webp()),
        ("image/gif", photos.gif()),
    ],
)
def test_others_get_the_picture_without_place_and_device(  # noqa: PLR0917 (fixtures)
    kind: str, body: bytes, product: Product, storage: S3, person: Sign, uploaded: Send
) -> None:
    ada, bob = person("Ada"), person("Bob")
    chat_id = a_chat(product, ada, bob)
    file = uploaded(ada, body, "a", kind)
    assert check(file.id) == "ready"
    attach(ada, [file.id], chat_id, say(product, chat_id, ada))
    got = content(bob, file.id)
    assert got.body == without_metadata(body, kind) != body
    assert got.headers["content-type"] == kind
    assert opened(got.body).getexif().get_ifd(photos.GPS) == {}
    read = actions.read(bob, file.id)
    assert read.size == len(got.body)
    assert not any(SECRET in kept for kept in everything_of(storage, file.id).values())
    assert keys(storage, file.id) == {"files", "thumbnails"}


def test_a_turned_photo_is_still_upright(person: Sign, uploaded: Send) -> None:
    ada = person()
    file = uploaded(ada, photos.jpeg(orientation=6), "a.jpg", JPEG)
    assert check(file.id) == "ready"
    read = actions.read(ada, file.id)
    assert (read.width, read.height) == (32, 48)
    got = opened(content(ada, file.id).body)
    assert (got.size, got.getexif()[photos.ORIENTATION]) == ((48, 32), 6)


def test_the_quota_counts_what_was_uploaded_and_not_what_was_kept(person: Sign, uploaded: Send) -> None:
    ada = person()
    body = photos.jpeg(comment=bytes(60_000))
    left = actions.limits(ada, now()).daily_left
    file = uploaded(ada, body, "a.jpg", JPEG)
    assert check(file.id) == "ready"
    assert actions.read(ada, file.id).size < len(body) - 60_000
    assert actions.limits(ada, now()).daily_left == left - len(body)


def test_who_uploads_mostly_metadata_comes_to_the_end_of_the_quota_all_the_same(
    product: Product, person: Sign, uploaded: Send
) -> None:
    ada = person()
    file = uploaded(ada, photos.jpeg(), "a.jpg", JPEG)
    assert check(file.id) == "ready"
    product.owner.execute("UPDATE files SET uploaded_size = %s WHERE file_id = %s", (500 * MB - 10, file.id))
    with pytest.raises(Problem, match="file_quota"):
        uploaded(ada, photos.jpeg(), "b.jpg", JPEG)


def a_photo(storage: S3, person: Sign, uploaded: Send) -> tuple[Principal, str, bytes]:
    ada, body = person(), photos.jpeg()
    return ada, uploaded(ada, body, "a.jpg", JPEG).id, without_metadata(body, JPEG)


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize(
    ("module", "name", "nth"),
    [(S3_BACKEND, "read", 1), (S3_BACKEND, "put", 1), (S3_BACKEND, "put", 2), (FILES_STORE, "finish", 1)],
)
def test_a_check_that_is_killed_is_done_again_with_the_same_outcome(  # noqa: PLR0917 (fixtures)
    module: str, name: str, nth: int, when: str, storage: S3, person: Sign, uploaded: Send
) -> None:
    ada, file_id, kept = a_photo(storage, person, uploaded)
    die_in_check(file_id, module, name, nth, when)
    assert actions.read(ada, file_id).status == "checking"
    assert check(file_id) is None
    assert check_later(file_id) == "ready"
    assert content(ada, file_id).body == kept
    assert actions.read(ada, file_id).size == len(kept)
    assert keys(storage, file_id) == {"files", "thumbnails"}


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_check_that_is_killed_after_its_end_has_ended_well(
    when: str, storage: S3, person: Sign, uploaded: Send
) -> None:
    """The upload may be left over; the bucket's own rule removes it, and nobody is handed it."""
    ada, file_id, kept = a_photo(storage, person, uploaded)
    die_in_check(file_id, S3_BACKEND, "delete", 1, when)
    assert actions.read(ada, file_id).status == "ready"
    assert check_later(file_id) is None
    assert content(ada, file_id).body == kept


def test_what_kills_every_check_is_refused_in_the_end(
    product: Product, storage: S3, person: Sign, uploaded: Send
) -> None:
    ada, file_id, _ = a_photo(storage, person, uploaded)
    for _ in range(DEATHS_MOST):
        die_in_check(file_id, S3_BACKEND, "read", 1, "after")
        assert actions.read(ada, file_id).status == "checking"
        product.owner.execute("UPDATE files SET checked_until = now() WHERE file_id = %s", (file_id,))
    assert check(file_id) == "broken"
    assert keys(storage, file_id) == set()
    assert check(file_id) is None
