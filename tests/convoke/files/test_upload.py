"""A link for upload is good for exactly what was asked for: by this person, this much, of this type, once."""

from datetime import UTC, datetime, timedelta

import pytest

from convoke.errors import Problem
from convoke.files import actions, model
from convoke.files.model import MB, FileRequest
from local.stores import S3
from tests.conftest import Product
from tests.convoke.files.conftest import Send, Sign, a_chat, ask, bring, picture


def a_request(**changes: object) -> FileRequest:
    given = {"name": "a.png", "size": 5, "content_type": "image/png"} | changes
    return FileRequest.model_validate(given)


def begin(who: object, **changes: object) -> object:
    return actions.start_upload(who, a_request(**changes), datetime.now(UTC))  # type: ignore[arg-type]


def test_the_bytes_lie_where_they_were_to_be_brought(storage: S3, person: Sign) -> None:
    started = actions.start_upload(person(), a_request(), datetime.now(UTC))
    assert started.file.status == "pending"
    assert bring(started.upload, b"12345").status == 200
    kept = storage.client().get_object(Bucket="files", Key=f"uploads/{started.file.id}")
    assert kept["Body"].read() == b"12345"
    assert kept["ContentType"] == "image/png"


@pytest.mark.parametrize("body", [b"1234", b"123456", b""])
def test_another_size_is_refused_by_the_store(body: bytes, storage: S3, person: Sign) -> None:
    started = actions.start_upload(person(), a_request(), datetime.now(UTC))
    assert bring(started.upload, body).status == 403


def test_another_type_is_refused_by_the_store(storage: S3, person: Sign) -> None:
    upload = actions.start_upload(person(), a_request(), datetime.now(UTC)).upload
    headers = upload.headers | {"content-type": "text/html"}
    assert ask("PUT", upload.url, b"12345", headers).status == 403


def test_another_key_is_refused_by_the_store(storage: S3, person: Sign) -> None:
    upload = actions.start_upload(person(), a_request(), datetime.now(UTC)).upload
    assert ask("PUT", upload.url.replace("/uploads/", "/files/"), b"12345", upload.headers).status == 403


def test_a_link_writes_once_and_can_neither_read_nor_overwrite(storage: S3, person: Sign) -> None:
    upload = actions.start_upload(person(), a_request(), datetime.now(UTC)).upload
    assert bring(upload, b"12345").status == 200
    assert bring(upload, b"54321").status == 412
    without = {"content-type": "image/png"}
    assert ask("PUT", upload.url, b"54321", without).status == 403
    assert ask("GET", upload.url).status == 403


def test_a_link_of_yesterday_is_refused_by_the_store(
    storage: S3, person: Sign, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(model, "UPLOAD_SECONDS", 0)
    upload = actions.start_upload(person(), a_request(), datetime.now(UTC)).upload
    assert bring(upload, b"12345").status in (400, 403)


@pytest.mark.parametrize(
    ("account", "kind", "most"),
    [
        ("basic", "application/pdf", 25 * MB),
        ("pro", "application/pdf", 250 * MB),
        ("enterprise", "application/pdf", 2048 * MB),
        ("basic", "image/png", 25 * MB),
        ("pro", "image/png", 50 * MB),
    ],
)
def test_how_large_a_file_may_be_goes_by_account_and_type(
    account: str, kind: str, most: int, person: Sign
) -> None:
    who = person(account_type=account)
    begin(who, content_type=kind, size=most)
    with pytest.raises(Problem, match="file_too_large"):
        begin(who, content_type=kind, size=most + 1)


def test_what_a_day_may_hold_is_counted_and_comes_back(person: Sign) -> None:
    who = person()
    for _ in range(20):
        begin(who, content_type="application/pdf", size=25 * MB)
    assert actions.limits(who, datetime.now(UTC)).daily_left == 0
    with pytest.raises(Problem, match="file_quota"):
        begin(who, content_type="application/pdf", size=1)
    begin(person("Bob"), content_type="application/pdf", size=1)
    tomorrow = datetime.now(UTC) + timedelta(days=1, seconds=1)
    actions.start_upload(who, a_request(), tomorrow)


@pytest.mark.parametrize(
    "kind", ["text/html", "image/svg+xml", "application/x-msdownload", "application/javascript", "nonsense"]
)
def test_types_that_run_are_refused_before_the_upload(kind: str, person: Sign) -> None:
    with pytest.raises(Problem, match="file_type"):
        begin(person(), content_type=kind)


def test_a_picture_of_oneself_must_be_one(person: Sign) -> None:
    begin(person(), purpose="avatar")
    with pytest.raises(Problem, match="file_type"):
        begin(person(), purpose="avatar", content_type="application/pdf")


@pytest.mark.parametrize(
    ("name", "kind", "kept"),
    [
        ("holiday.PNG", "image/png", "holiday.PNG"),
        ("invoice.pdf.exe", "text/plain", "invoice.pdf.exe.txt"),
        ("../../etc/passwd", "text/plain", ".._.._etc_passwd.txt"),
        ("C:\\temp\\a.txt", "text/plain; charset=utf-8", "C:_temp_a.txt"),
        ("gpj.\u202eexe.png", "image/png", "gpj.exe.png"),
        ("line\nbreak.png", "image/png", "line break.png"),
        (".png", "image/png", ".png.png"),
        ("x" * 255, "image/png", "x" * 251 + ".png"),
        ("notes", "text/x-markdown", "notes.md"),
    ],
)
def test_a_name_is_one_line_without_folders_and_ends_as_its_type_does(
    name: str, kind: str, kept: str, person: Sign
) -> None:
    request = a_request(name=name, content_type=kind)
    assert actions.start_upload(person(), request, datetime.now(UTC)).file.name == kept


def test_uploads_for_a_chat_that_one_is_not_in_are_refused_before(product: Product, person: Sign) -> None:
    ada, eve = person("Ada"), person("Eve")
    chat_id = a_chat(product, ada)
    begin(ada, chat_id=chat_id)
    with pytest.raises(Problem, match="not_found"):
        begin(eve, chat_id=chat_id)
    assert len(product.rows("SELECT 1 FROM files WHERE owner_id = %s", eve.user_id)) == 0


def test_that_the_bytes_are_there_is_believed_after_a_look(person: Sign, uploaded: Send) -> None:
    ada = person()
    waiting = actions.start_upload(ada, a_request(), datetime.now(UTC)).file
    with pytest.raises(Problem, match="not_uploaded"):
        actions.complete(ada, waiting.id, datetime.now(UTC))
    file = uploaded(ada, picture())
    assert actions.complete(ada, file.id, datetime.now(UTC)).status == "checking"
    assert actions.complete(ada, file.id, datetime.now(UTC)).status == "checking"
    with pytest.raises(Problem, match="not_found"):
        actions.complete(person("Eve"), file.id, datetime.now(UTC))
