"""The AWS services that are not run for real (SQS, SES, Secrets Manager, KMS): moto's server on 127.0.0.1.

with Aws(data_dir=tmp / "aws") as aws:
    aws.client("sqs").create_queue(QueueName="departures")
"""

import sys
from pathlib import Path
from typing import Any, Self
from urllib.request import urlopen

import boto3

from local.process import CannotStart, Child, free_port

REGION = "eu-central-1"
ACCESS_KEY = "AKIACONVOKELOCAL0001"
SECRET_KEY = "only-for-this-machine"  # noqa: S105 - nothing outside this machine accepts it


class Aws:
    """State is memory only: the stack makes queues and secrets anew at each start."""

    def __init__(self, data_dir: Path, port: int = 0, *, region: str = REGION) -> None:
        self.data_dir = Path(data_dir).absolute()
        self.port = port
        self.region = region
        self._child: Child | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def environment(self) -> dict[str, str]:
        """What a process needs for boto3 to come here."""
        return {
            "AWS_ENDPOINT_URL": self.url,
            "AWS_REGION": self.region,
            "AWS_DEFAULT_REGION": self.region,
            "AWS_ACCESS_KEY_ID": ACCESS_KEY,
            "AWS_SECRET_ACCESS_KEY": SECRET_KEY,
            "AWS_EC2_METADATA_DISABLED": "true",
        }

    def client(self, service: str) -> Any:
        """A boto3 client of `service` that talks to this server."""
        return boto3.client(
            service,  # type: ignore[call-overload]
            endpoint_url=self.url,
            region_name=self.region,
            aws_access_key_id=ACCESS_KEY,
            aws_secret_access_key=SECRET_KEY,
        )

    def start(self) -> Self:
        self.launch()
        self.wait()
        return self

    def launch(self) -> None:
        self.data_dir.mkdir(parents=True, exist_ok=True)
        self.port = self.port or free_port()
        self._child = Child(
            [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(self.port)],
            log=self.data_dir / "moto.log",
            cwd=self.data_dir,
        )

    def wait(self) -> None:
        child = self._child  # stop() may come from another thread
        if child is None:
            raise CannotStart("moto was not launched")
        child.wait_until(self._answers, what="moto (SQS, SES, Secrets Manager, KMS)", seconds=60)

    def stop(self) -> None:
        if self._child is not None:
            self._child.stop(grace=2)
            self._child = None

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    def _answers(self) -> bool:
        try:
            with urlopen(f"{self.url}/moto-api/data.json", timeout=2) as answer:  # noqa: S310 - our own address
                return bool(answer.status == 200)
        except OSError:
            return False
