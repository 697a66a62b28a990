"""Between upload and everybody else: only what was looked at is handed out."""

import io
from datetime import timedelta
from typing import Any

import pytest
from PIL import Image

from convoke.backends import storage as s3_backend
from convoke.delivery import actions as delivery
from convoke.errors import Problem
from convoke.files import actions
from convoke.files.actions.check_file import check_file
from convoke.files.inspection import inspect
from convoke.files.model import FileRequest
from local.stores import S3
from tests.conftest import Product
from tests.convoke.files.conftest import (
    Send,
    Sign,
    a_chat,
    attach,
    bring,
    check,
    content,
    keys,
    now,
    opened,
    picture,
    say,
)
from tests.sockets import Sockets

# A picture is taken into memory, everything else is copied.
of_both_ways = pytest.mark.parametrize(
    ("kind", "body"), [("image/png", picture()), ("text/plain", b"hello there\n")]
)


def test_a_picture_is_kept_with_its_size_and_a_small_one(storage: S3, person: Sign, uploaded: Send) -> None:
    ada = person()
    body = picture((2000, 1000), "JPEG")
    file = uploaded(ada, body, "a.jpg", "image/jpeg")
    assert check(file.id) == "ready"
    read = actions.read(ada, file.id)
    assert (read.status, read.width, read.height) == ("ready", 2000, 1000)
    assert content(ada, file.id).body == body
    small = opened(content(ada, file.id, "thumbnail").body)
    assert (small.format, small.size) == ("WEBP", (512, 256))
    assert keys(storage, file.id) == {"files", "thumbnails"}


def test_the_small_picture_stands_upright_and_tells_nothing_of_place_and_device(
    person: Sign, uploaded: Send
) -> None:
    ada = person()
    exif = Image.Exif()
    exif[0x0112] = 6  # turned by 90 degrees
    exif[0x010F] = "A camera that nobody shall know"
    exif.get_ifd(0x8825)[1] = "N"
    body = picture((400, 200), "JPEG", exif=exif)
    file = uploaded(ada, body, "a.jpg", "image/jpeg")
    assert check(file.id) == "ready"
    read = actions.read(ada, file.id)
    assert (read.width, read.height) == (200, 400)
    sent = content(ada, file.id, "thumbnail").body
    small = opened(sent)
    assert small.size == (200, 400)
    assert len(small.getexif()) == 0
    assert b"camera" not in sent


def test_a_picture_of_oneself_is_a_small_square(person: Sign, uploaded: Send) -> None:
    ada = person()
    file = uploaded(ada, picture((900, 300)), purpose="avatar")
    assert check(file.id) == "ready"
    assert opened(content(ada, file.id, "thumbnail").body).size == (256, 256)


@pytest.mark.parametrize(
    ("mode", "kind", "mime"),
    [
        ("P", "GIF", "image/gif"),
        ("RGBA", "PNG", "image/png"),
        ("CMYK", "JPEG", "image/jpeg"),
        ("I;16", "PNG", "image/png"),
        ("1", "PNG", "image/png"),
        ("RGBA", "WEBP", "image/webp"),
    ],
)
def test_every_way_to_keep_pixels_gets_a_small_picture(
    mode: str, kind: str, mime: str, person: Sign, uploaded: Send
) -> None:
    out = io.BytesIO()
    Image.new(mode, (700, 700)).save(out, kind)
    ada = person()
    file = uploaded(ada, out.getvalue(), "a", mime)
    assert check(file.id) == "ready"
    assert opened(content(ada, file.id, "thumbnail").body).size == (512, 512)


def test_nothing_is_handed_out_before_the_check(person: Sign, uploaded: Send) -> None:
    ada = person()
    file = uploaded(ada, picture())
    with pytest.raises(Problem, match="file_checking"):
        actions.content(ada, file.id, "original", now())
    actions.complete(ada, file.id, now())
    with pytest.raises(Problem, match="file_checking"):
        actions.content(ada, file.id, "original", now())


@of_both_ways
def test_a_file_that_is_swapped_after_the_check_is_never_handed_out(
    kind: str, body: bytes, storage: S3, person: Sign, uploaded: Send
) -> None:
    ada = person()
    file = uploaded(ada, body, "a", kind)
    assert check(file.id) == "ready"
    # The link is still good, and its key is free again after the check.
    storage.client().put_object(Bucket="files", Key=f"uploads/{file.id}", Body=b"<script>alert(1)</script>")
    assert check(file.id) is None
    assert content(ada, file.id).body == body
    assert actions.read(ada, file.id).status == "ready"


@of_both_ways
def test_a_file_that_is_swapped_while_it_is_checked_is_refused(  # noqa: PLR0917 (fixtures)
    kind: str, body: bytes, storage: S3, person: Sign, uploaded: Send, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = uploaded(person(), body, "a", kind)
    look = s3_backend.head

    def swap_after(bucket: str, key: str) -> s3_backend.Head | None:
        seen = look(bucket, key)
        storage.client().put_object(Bucket="files", Key=f"uploads/{file.id}", Body=b"MZ" + b"\0" * 200)
        return seen

    monkeypatch.setattr(s3_backend, "head", swap_after)
    assert check(file.id) == "changed"
    assert keys(storage, file.id) == set()


@of_both_ways
def test_what_is_swapped_after_the_copy_was_taken_changes_nothing(  # noqa: PLR0917 (fixtures)
    kind: str, body: bytes, storage: S3, person: Sign, uploaded: Send, monkeypatch: pytest.MonkeyPatch
) -> None:
    ada = person()
    file = uploaded(ada, body, "a", kind)

    def swap_before(*args: Any, **options: Any) -> Any:
        storage.client().put_object(Bucket="files", Key=f"uploads/{file.id}", Body=b"MZ" + b"\0" * 200)
        return inspect(*args, **options)

    monkeypatch.setattr("convoke.files.actions.check_file.inspect", swap_before)
    assert check(file.id) == "ready"
    assert content(ada, file.id).body == body


def test_another_size_than_was_said_is_refused(storage: S3, person: Sign, uploaded: Send) -> None:
    file = uploaded(person(), picture())
    storage.client().put_object(Bucket="files", Key=f"uploads/{file.id}", Body=picture((90, 90)))
    assert check(file.id) == "size"


def test_a_check_is_done_once_however_often_it_is_asked_for(person: Sign, uploaded: Send) -> None:
    file = uploaded(person(), picture())
    assert check(file.id) == "ready"
    assert check(file.id) is None
    assert check("01991b6e-5c00-7a10-8000-000000000000") is None


def test_before_the_bytes_are_there_nothing_happens(storage: S3, person: Sign) -> None:
    ada = person()
    request = FileRequest(name="a.png", size=5, content_type="image/png")
    started = actions.start_upload(ada, request, now())
    assert check(started.file.id) is None
    assert bring(started.upload, b"12345").status == 200
    assert check(started.file.id) == "type_mismatch"


def test_a_check_that_died_is_begun_again_by_another(product: Product, person: Sign, uploaded: Send) -> None:
    file = uploaded(person(), picture())
    product.owner.execute(
        "UPDATE files SET status = 'checking', checked_until = %s WHERE file_id = %s",
        (now() + timedelta(minutes=4), file.id),
    )
    assert check(file.id) is None
    checked = check_file(file.id, now() + timedelta(minutes=5))
    assert checked is not None
    assert checked.status == "ready"


def test_a_file_deleted_meanwhile_leaves_no_object(
    storage: S3, person: Sign, uploaded: Send, monkeypatch: pytest.MonkeyPatch
) -> None:
    ada = person()
    file = uploaded(ada, picture())

    def delete_first(*args: Any, **options: Any) -> Any:
        actions.delete(ada, file.id, now())
        return inspect(*args, **options)

    monkeypatch.setattr("convoke.files.actions.check_file.inspect", delete_first)
    assert check(file.id) is None
    assert keys(storage, file.id) == set()


def test_the_owners_devices_and_the_message_learn_the_outcome(
    product: Product, sockets: Sockets, person: Sign, uploaded: Send
) -> None:
    ada = person()
    chat_id = a_chat(product, ada)
    file = uploaded(ada, picture())
    actions.complete(ada, file.id, now())
    message_id = say(product, chat_id, ada)
    [ref] = attach(ada, [file.id], chat_id, message_id)
    assert (ref.status, ref.thumbnail_url) == ("checking", None)
    delivery.open_connection("laptop", ada, now() - timedelta(minutes=1))
    checked = check_file(file.id, now())
    assert checked is not None
    assert checked.message == (chat_id, message_id)
    [frame] = sockets.frames["laptop"]
    assert frame["event"] == "file.updated"
    assert frame["data"]["file"]["status"] == "ready"
    assert frame["data"]["file"]["thumbnail_url"] == f"/v1/files/{file.id}/content?variant=thumbnail"
