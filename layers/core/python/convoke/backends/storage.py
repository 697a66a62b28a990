"""S3: signed links for clients, and the few things that functions do with objects themselves.

A link for upload signs key, length, type and `If-None-Match: *`: AWS and SeaweedFS alike refuse any other
(tests/convoke/files/test_upload.py). Keys that clients may write are never served.
"""

import io
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from convoke.settings import settings

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

_MISSING = ("404", "NoSuchKey", "NotFound")
_REPLACED = (*_MISSING, "PreconditionFailed", "412")
_DELETED_AT_ONCE = 1000
_READ_AHEAD = 256 * 1024


class Changed(Exception):  # noqa: N818 (what happened to the object)
    """The object is not the one that was looked at."""


@dataclass(frozen=True, slots=True)
class Head:
    size: int
    etag: str


def upload_link(
    bucket: str, key: str, *, size: int, content_type: str, seconds: int
) -> tuple[str, dict[str, str]]:
    """A link to PUT exactly that many bytes of that type, where nothing is yet; and the headers to send."""
    url: str = _client().generate_presigned_url(
        "put_object",
        Params={
            "Bucket": bucket,
            "Key": key,
            "ContentLength": size,
            "ContentType": content_type,
            "IfNoneMatch": "*",
        },
        ExpiresIn=seconds,
    )
    return url, {"content-type": content_type, "if-none-match": "*"}


def download_link(bucket: str, key: str, *, content_type: str, disposition: str, seconds: int) -> str:
    """A link to GET an object under a type and a disposition of our choice, whatever is stored with it."""
    url: str = _client().generate_presigned_url(
        "get_object",
        Params={
            "Bucket": bucket,
            "Key": key,
            "ResponseContentType": content_type,
            "ResponseContentDisposition": disposition,
            "ResponseCacheControl": f"private, max-age={seconds}",
        },
        ExpiresIn=seconds,
    )
    return url


def head(bucket: str, key: str) -> Head | None:
    """Size and identity of an object; None where there is none."""
    from botocore.exceptions import ClientError  # noqa: PLC0415 (85 ms)

    try:
        found = _client().head_object(Bucket=bucket, Key=key)
    except ClientError as error:
        if error.response["Error"]["Code"] in _MISSING:
            return None
        raise
    return Head(found["ContentLength"], found["ETag"])


def read(bucket: str, key: str, *, etag: str) -> bytes:
    """The whole object that was looked at; Changed when it is another one by now, or gone."""
    from botocore.exceptions import ClientError  # noqa: PLC0415

    try:
        return _client().get_object(Bucket=bucket, Key=key, IfMatch=etag)["Body"].read()
    except ClientError as error:
        if error.response["Error"]["Code"] in _REPLACED:
            raise Changed(key) from error
        raise


def copy(bucket: str, source: str, target: str, *, etag: str, content_type: str) -> None:
    """Copy the object that was looked at, within S3; Changed when it is another one by now, or gone."""
    from botocore.exceptions import ClientError  # noqa: PLC0415

    try:
        _client().copy_object(
            Bucket=bucket,
            Key=target,
            CopySource={"Bucket": bucket, "Key": source},
            CopySourceIfMatch=etag,
            MetadataDirective="REPLACE",
            ContentType=content_type,
        )
    except ClientError as error:
        if error.response["Error"]["Code"] in _REPLACED:
            raise Changed(source) from error
        raise


def put(bucket: str, key: str, body: bytes, content_type: str) -> None:
    _client().put_object(Bucket=bucket, Key=key, Body=body, ContentType=content_type)


def delete(bucket: str, keys: Iterable[str]) -> None:
    """Remove objects; those that are not there are no error."""
    wanted = list(keys)
    for start in range(0, len(wanted), _DELETED_AT_ONCE):
        part = wanted[start : start + _DELETED_AT_ONCE]
        answer = _client().delete_objects(
            Bucket=bucket, Delete={"Objects": [{"Key": key} for key in part], "Quiet": True}
        )
        if answer.get("Errors"):
            raise OSError(f"objects not deleted: {answer['Errors'][0].get('Code')}")


def opened(bucket: str, key: str, size: int) -> io.BufferedReader:
    """An object as a file to seek in: only what is read is fetched."""
    return io.BufferedReader(_Ranges(bucket, key, size), _READ_AHEAD)


def forget() -> None:
    """Drop the client (tests, where the environment changes)."""
    _client.cache_clear()


class _Ranges(io.RawIOBase):
    """Reads by Range requests."""

    def __init__(self, bucket: str, key: str, size: int) -> None:
        self._bucket, self._key, self._size, self._at = bucket, key, size, 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._at

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._size}[whence]
        if base + offset < 0:
            raise OSError("seek before the beginning")
        self._at = base + offset
        return self._at

    def readall(self) -> bytes:
        rest = bytearray(max(0, self._size - self._at))
        return bytes(rest[: self.readinto(rest)])

    def readinto(self, buffer: "memoryview | bytearray") -> int:  # type: ignore[override]
        wanted = min(len(buffer), self._size - self._at)
        if wanted <= 0:
            return 0
        span = f"bytes={self._at}-{self._at + wanted - 1}"
        found = _client().get_object(Bucket=self._bucket, Key=self._key, Range=span)["Body"].read()
        buffer[: len(found)] = found
        self._at += len(found)
        return len(found)


@cache
def _client() -> "S3Client":
    import boto3  # noqa: PLC0415 (62 ms; only the functions that keep files pay it)
    from botocore.config import Config  # noqa: PLC0415

    return boto3.client(
        "s3",
        region_name=settings().region,
        config=Config(
            signature_version="s3v4",
            connect_timeout=2,
            read_timeout=20,
            retries={"total_max_attempts": 3, "mode": "standard"},
            # The one name of the bucket that the site's content security policy has.
            s3={"us_east_1_regional_endpoint": "regional"},
        ),
    )
