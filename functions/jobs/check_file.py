"""SQS `uploads`: the bucket tells of an object where clients write; it is checked before anybody gets it."""

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from urllib.parse import unquote_plus

from aws_lambda_powertools import Logger

from convoke.backends.scanner import NoVerdict
from convoke.chat import actions as chat
from convoke.files.actions.check_file import check_file

_KEY = re.compile(r"uploads/([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})")

logger = Logger()


def handler(event: dict[str, Any], context: Any) -> dict[str, list[dict[str, str]]]:
    """Each message for itself: what fails is delivered again, and in the end to the dead-letter queue."""
    failed = []
    for record in event["Records"]:
        try:
            for file_id in _file_ids(json.loads(record["body"])):
                _check(file_id)
        except NoVerdict as error:
            # Not ours to mend: the queue brings it again, and after that the sweep.
            logger.warning("no verdict", extra={"message_id": record["messageId"], "why": str(error)})
            failed.append({"itemIdentifier": record["messageId"]})
        except Exception:
            logger.exception("upload not checked", extra={"message_id": record["messageId"]})
            failed.append({"itemIdentifier": record["messageId"]})
    return {"batchItemFailures": failed}


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
