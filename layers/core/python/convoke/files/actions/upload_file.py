"""Before and after an upload: a link to where nothing is yet, and that the bytes are there."""

from datetime import datetime, timedelta

from convoke.backends import storage
from convoke.backends.postgres import transaction
from convoke.errors import Problem, conflict, not_found
from convoke.files import model, store
from convoke.files.model import ENDINGS, IMAGES, File, FileRequest, StartedUpload, Upload
from convoke.identity.model import Principal
from convoke.ids import new_id
from convoke.operations.actions import audit
from convoke.operations.actions import limit as limit_rate
from convoke.settings import settings

UPLOADS_PER_MINUTE = 60


def start_upload(principal: Principal, request: FileRequest, now: datetime) -> StartedUpload:
    """A file that is still to come, and where to bring it. One round trip."""
    limit_rate("files.upload", principal.key, per_minute=UPLOADS_PER_MINUTE, now=now)
    _check(principal, request)
    file_id = new_id(now)
    row = {
        "id": file_id,
        "owner_id": principal.user_id,
        "purpose": request.purpose,
        "name": model.fitting_name(request.name, request.content_type),
        "size": request.size,
        "content_type": request.content_type,
        "kind": model.kind_of(request.content_type),
        "now": now,
    }
    with transaction(principal) as conn:
        welcome = store.may_write(conn, request.chat_id)
        found = store.insert(
            conn, row, since=now - timedelta(days=1), most=model.daily_allowed(principal.account_type)
        )
        audit(
            conn,
            principal,
            event_type="file",
            action="upload",
            target_type="file",
            target_id=file_id,
            metadata={"size": request.size, "content_type": request.content_type},
            now=now,
        )
        made = found.fetchone()
        allowed = welcome.fetchone()
        if not (allowed and allowed["may"]):
            raise not_found("You are not in this chat.")
        if made is None:
            raise _quota_used(principal)
    return StartedUpload(file=store.file_of(made), upload=_upload(file_id, request, now))


def complete(principal: Principal, file_id: str, now: datetime) -> File:
    """The client says that the bytes are there. The check begins without it, by the bucket's own event."""
    limit_rate("files.complete", principal.key, per_minute=2 * UPLOADS_PER_MINUTE, now=now)
    with transaction(principal) as conn:
        cursor = store.find(conn, file_id)
    row = cursor.fetchone()
    if row is None or row["owner_id"] != principal.user_id:
        raise not_found()
    if row["status"] != "pending":
        return store.file_of(row)
    if storage.head(settings().files_bucket, model.upload_key(file_id)) is None:
        raise conflict("not_uploaded", "The bytes of this file have not arrived.")
    with transaction(principal) as conn:
        marked = store.mark_uploaded(conn, file_id)
        again = store.find(conn, file_id)
    # Checked already, in the moment between.
    row = marked.fetchone() or again.fetchone()
    if row is None:
        raise not_found()
    return store.file_of(row)


def _check(principal: Principal, request: FileRequest) -> None:
    allowed = IMAGES if request.purpose == "avatar" else ENDINGS.keys()
    if request.content_type not in allowed:
        raise Problem(
            "file_type", 415, "Files of this type cannot be sent", "Put it into a .zip file to send it."
        )
    most = model.size_allowed(principal.account_type, request.content_type)
    if request.size > most:
        raise Problem("file_too_large", 413, "The file is too large", f"At most {most // model.MB} MB.")


def _upload(file_id: str, request: FileRequest, now: datetime) -> Upload:
    url, headers = storage.upload_link(
        settings().files_bucket,
        model.upload_key(file_id),
        size=request.size,
        content_type=request.content_type,
        seconds=model.UPLOAD_SECONDS,
    )
    return Upload(url=url, headers=headers, expires_at=now + timedelta(seconds=model.UPLOAD_SECONDS))


def _quota_used(principal: Principal) -> Problem:
    most = model.daily_allowed(principal.account_type) // model.MB
    return Problem(
        "file_quota",
        429,
        "Too much was uploaded today",
        f"At most {most} MB within 24 hours.",
        headers={"retry-after": "3600"},
    )
