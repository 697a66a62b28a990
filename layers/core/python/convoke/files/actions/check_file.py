"""The check between upload and everybody else: what is handed out is what was looked at.

The bytes are first taken to where no client can write: swapping the upload changes nothing. A picture is
taken into memory, and kept without its metadata; everything else is copied and looked at in its copy.
"""

import io
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from convoke import events
from convoke.backends import scanner, storage
from convoke.backends.postgres import System, transaction
from convoke.delivery import actions as delivery
from convoke.files import model, store
from convoke.files.inspection import Findings, Refused, inspect
from convoke.files.model import IMAGES, File, Reason
from convoke.settings import settings

# As long as the function may run: a check that has not ended by then never will.
CHECK_SECONDS = 300
# Checks that ended neither well nor badly: the file kills whoever looks at it.
DEATHS_MOST = 3


@dataclass(frozen=True, slots=True)
class Checked:
    """What became of a file. `message`: chat and message that show it and do not know yet."""

    status: str
    reason: str | None = None
    message: tuple[str, str] | None = None


def check_file(file_id: str, now: datetime) -> Checked | None:
    """Look at an upload and keep or refuse it; None where there is nothing to look at.

    To be called as often as one likes. After NoVerdict or an outage the file waits to be checked again.
    """
    with transaction(System()) as conn:
        row = store.claim(conn, file_id, now + timedelta(seconds=CHECK_SECONDS), now)
    if row is None:
        return _told_again(file_id)
    if row["deaths"] >= DEATHS_MOST:
        return _finish(row, Findings(), "broken")
    try:
        found = _look(row)
    except BaseException:
        with transaction(System()) as conn:
            store.release(conn, file_id)
        raise
    if found is None:
        with transaction(System()) as conn:
            store.release(conn, file_id)
        return None
    return _finish(row, *found)


def _look(row: dict[str, Any]) -> tuple[Findings, Reason | None] | None:
    """What was found, or why it is refused; None where nothing was uploaded yet."""
    bucket = settings().files_bucket
    there = storage.head(bucket, model.upload_key(row["id"]))
    if there is None:
        return None
    if there.size != row["size"]:
        return Findings(), "size"
    try:
        findings = _kept_picture(row, there) if row["content_type"] in IMAGES else _kept_copy(row, there)
    except storage.Changed:
        return Findings(), "changed"
    except Refused as refusal:
        return Findings(), refusal.reason
    if not _scanned_clean(row, findings):
        return Findings(), "infected"
    if findings.thumbnail:
        storage.put(bucket, model.thumbnail_key(row["id"]), findings.thumbnail, "image/webp")
    return findings, None


def _kept_picture(row: dict[str, Any], there: storage.Head) -> Findings:
    """Nothing of the original is written anywhere: the bucket keeps former versions for a week."""
    bucket, content_type = settings().files_bucket, row["content_type"]
    body = storage.read(bucket, model.upload_key(row["id"]), etag=there.etag)
    findings = inspect(io.BytesIO(body), content_type, square=row["purpose"] == "avatar")
    if findings.picture is None:
        raise Refused("broken")
    storage.put(bucket, model.file_key(row["id"]), findings.picture, content_type)
    return findings


def _kept_copy(row: dict[str, Any], there: storage.Head) -> Findings:
    """Within S3, since it may be very large; of the copy only what is looked at is fetched."""
    bucket, target, content_type = settings().files_bucket, model.file_key(row["id"]), row["content_type"]
    served = model.served_type(content_type)
    storage.copy(bucket, model.upload_key(row["id"]), target, etag=there.etag, content_type=served)
    return inspect(storage.opened(bucket, target, there.size), content_type)


def _size(row: dict[str, Any], findings: Findings) -> int:
    """Of what is kept."""
    return int(row["size"]) if findings.picture is None else len(findings.picture)


def _scanned_clean(row: dict[str, Any], findings: Findings) -> bool:
    """What the operator's scanner says; without one, everything passes."""
    scan_url = settings().scan_url
    if scan_url is None:
        return True
    url = storage.download_link(
        settings().files_bucket,
        model.file_key(row["id"]),
        content_type="application/octet-stream",
        disposition=model.disposition(row["name"]),
        seconds=model.DOWNLOAD_SECONDS,
    )
    told = {"name": row["name"], "size": _size(row, findings), "content_type": row["content_type"]}
    return scanner.is_clean(scan_url, {**told, "url": url})


def _finish(row: dict[str, Any], findings: Findings, reason: Reason | None) -> Checked | None:
    """Keep what was found, tell the owner, and remove the upload, of a refused file its copy too."""
    now = datetime.now(UTC)
    result = {
        "status": "refused" if reason else "ready",
        "reason": reason,
        "size": _size(row, findings),
        "width": findings.width,
        "height": findings.height,
        "has_thumbnail": findings.thumbnail is not None,
    }
    with transaction(System()) as conn:
        finished = store.finish(conn, row["id"], result, now)
        if finished is not None:
            _emit(conn, finished, now)
    if finished is None:
        storage.delete(settings().files_bucket, model.every_key(row["id"]))
        return None
    return _told(finished, now)


def _told_again(file_id: str) -> Checked | None:
    """Of a check that has ended: whoever did it may have died before all was told, and twice does no harm.

    None where no message shows the file.
    """
    with transaction(System()) as conn:
        cursor = store.find(conn, file_id)
    row = cursor.fetchone()
    if row is None or row["status"] not in ("ready", "refused"):
        return None
    told = _told(row, datetime.now(UTC))
    return told if told.message else None


def _told(row: dict[str, Any], now: datetime) -> Checked:
    """What follows from a check, once it is committed."""
    file = store.file_of(row)
    gone = model.every_key(file.id) if file.status == "refused" else [model.upload_key(file.id)]
    storage.delete(settings().files_bucket, gone)
    _tell_owner(file, now)
    message = (file.chat_id, file.message_id) if file.chat_id and file.message_id else None
    return Checked(file.status, file.reason, message)


def _emit(conn: Any, row: dict[str, Any], now: datetime) -> None:
    data = {name: row[name] for name in ("size", "content_type", "status", "reason")}
    events.emit(
        conn, kind="file.checked", user_id=row["owner_id"], data={"file_id": row["id"], **data}, now=now
    )


def _tell_owner(file: File, now: datetime) -> None:
    if file.owner_id:
        data = {"file": file.model_dump(mode="json")}
        delivery.publish_to_principal(file.owner_id, "file.updated", data, now=now)
