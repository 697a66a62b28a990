"""What S3 does when an object is made: tells the queues that the bucket's notification configuration names.

SeaweedFS posts each change here (its webhook, milliseconds after the write); what the template asks for goes
on to SQS in S3's own form. While nobody listens yet, nobody can write either: the gateway opens later.
"""

import asyncio
import base64
import json
import logging
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote_plus

from aiohttp import web

from local.assembly import Notification
from local.template import REGION

_BUCKETS = "/buckets/"
_CREATED = "s3:ObjectCreated:"
_log = logging.getLogger(__name__)


class BucketEvents:
    """An HTTP server on 127.0.0.1 for SeaweedFS; `url` is what its webhook is told."""

    def __init__(self) -> None:
        self._runner: web.AppRunner | None = None
        self._notifications: list[Notification] = []
        self._queue_urls: Mapping[str, str] = {}
        self._sqs: Any = None
        self.url = ""

    async def start(self) -> None:
        app = web.Application(client_max_size=16 * 1024 * 1024)
        app.router.add_post("/", self._heard)
        self._runner = web.AppRunner(app, access_log=None)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        host, port = self._runner.addresses[0][:2]
        self.url = f"http://{host}:{port}/"

    def deliver(self, notifications: Iterable[Notification], queue_urls: Mapping[str, str], sqs: Any) -> None:
        """From now on; `sqs` is a boto3 client, used from a thread."""
        self._notifications, self._queue_urls, self._sqs = list(notifications), queue_urls, sqs

    async def stop(self) -> None:
        if self._runner:
            await self._runner.cleanup()
            self._runner = None

    async def _heard(self, request: web.Request) -> web.Response:
        """An answer of 500 brings the event again (three times)."""
        change = await request.json()
        bucket, _, key = str(change["key"]).removeprefix(_BUCKETS).partition("/")
        entry = (change.get("message") or {}).get("new_entry") or {}
        if key and entry and not entry.get("is_directory"):
            for wanted in self._notifications:
                if wanted.bucket == bucket and wanted.asks_for(_CREATED + "Put", key):
                    event = json.dumps({"Records": [record(bucket, key, entry)]})
                    await asyncio.to_thread(
                        self._sqs.send_message, QueueUrl=self._queue_urls[wanted.queue], MessageBody=event
                    )
                    _log.info("told %s of %s", wanted.queue, key)
        return web.Response()


def record(bucket: str, key: str, entry: Mapping[str, Any]) -> dict[str, Any]:
    """S3's record of an object that was made (event message structure 2.1); keys are encoded as in a form."""
    now = datetime.now(UTC)
    etag = base64.b64decode((entry.get("extended") or {}).get("Seaweed-X-Amz-ETag", "")).decode()
    described = {
        "key": quote_plus(key, safe="/"),
        "size": int((entry.get("attributes") or {}).get("file_size", 0)),
        "eTag": etag,
        "sequencer": f"{int(now.timestamp() * 1_000_000):018X}",
    }
    return {
        "eventVersion": "2.1",
        "eventSource": "aws:s3",
        "awsRegion": REGION,
        "eventTime": now.strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z",
        "eventName": "ObjectCreated:Put",
        "s3": {
            "s3SchemaVersion": "1.0",
            "bucket": {"name": bucket, "arn": f"arn:aws:s3:::{bucket}"},
            "object": described,
        },
    }
