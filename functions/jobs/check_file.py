"""SQS `uploads`: the bucket tells of an object where clients write; it is checked before anybody gets it."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from urllib.parse import unquote_plus

from aws_lambda_powertools import Logger

from convoke.backends.scanner import NoVerdict
from convoke.chat import actions as chat
from convoke.files.actions.check_file import check_file
from functions.batch import TryLater, each_message

_KEY = re.compile(r"uploads/([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})")

logger = Logger()


def handler(event: dict[str, Any], context: Any) -> dict[str, list[dict[str, str]]]:
    return each_message(event, _check_all)


def _check_all(body: dict[str, Any]) -> None:
    for file_id in _file_ids(body):
        try:
            _check(file_id)
        except NoVerdict as error:
            # Not ours to mend: the queue brings it again, and after that the sweep.
            logger.warning("no verdict", extra={"file_id": file_id, "why": str(error)})
            raise TryLater from error


def _file_ids(body: dict[str, Any]) -> Iterator[str]:
    """Of S3's event notification, or of the sweep's own message. S3's test event names no object."""
    if "file_id" in body:
        yield str(body["file_id"])
    for record in body.get("Records", []):
        # Keys come as in an HTML form: encoded, with + for spaces.
        found = _KEY.fullmatch(unquote_plus(record["s3"]["object"]["key"]))
        if found:
            yield found[1]


def _check(file_id: str) -> None:
    now = datetime.now(UTC)
    checked = check_file(file_id, now)
    if checked is None:
        return
    logger.info("checked", extra={"file_id": file_id, "status": checked.status, "reason": checked.reason})
    if checked.message:
        # It was sent while it was being checked: the message now says more.
        chat.file_changed(*checked.message, now)
