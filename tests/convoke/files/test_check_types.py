"""The bytes are what they were said to be, or refused; and so is what runs, is broken, or bursts."""

import io
import struct
import zipfile
import zlib

import pytest

from convoke.errors import Problem
from convoke.files import actions
from local.stores import S3
from tests.convoke.files.conftest import Send, Sign, check, content, keys, now, picture

DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
ODT = "application/vnd.oasis.opendocument.text"


def archive(**parts: str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as made:
        for name, text in parts.items():
            made.writestr(name, text)
    return out.getvalue()


def bomb(width: int, height: int) -> bytes:
    """A PNG of 1 KB that says it is that large."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", zlib.compress(b"\0" * 9999)) + chunk(b"IEND", b"")


@pytest.mark.parametrize(
    ("body", "kind", "outcome"),
    [
        (b"hello there\n", "text/plain", "ready"),
        ("Häuser, €".encode(), "text/csv", "ready"),
        (b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n", "application/pdf", "ready"),
        (archive(**{"a.txt": "x"}), "application/zip", "ready"),
        (archive(**{"[Content_Types].xml": "x", "word/document.xml": "x"}), DOCX, "ready"),
        (archive(mimetype=ODT, **{"content.xml": "x"}), ODT, "ready"),
        (b"\0\0\0\x20ftypisom\0\0\2\0isomiso2avc1mp41" + b"\0" * 64, "video/mp4", "ready"),
        (b"OggS\0\2" + b"\0" * 22 + b"OpusHead" + b"\0" * 64, "audio/ogg", "ready"),
        # Another type than was said.
        (b"%PDF-1.7\n", "image/png", "type_mismatch"),
        (b"hello there\n", "application/pdf", "type_mismatch"),
        (b"hello \0 there", "text/plain", "type_mismatch"),
        (b"\xff\xfe\x00h", "text/plain", "type_mismatch"),
        (archive(**{"a.txt": "x"}), DOCX, "type_mismatch"),
        (archive(mimetype="text/plain"), ODT, "type_mismatch"),
        # What runs.
        (b"MZ\x90\0" + b"\0" * 60 + b"PE\0\0", "application/zip", "type_forbidden"),
        (b"\x7fELF\2\1\1" + b"\0" * 50, "text/plain", "type_forbidden"),
        (b"#!/bin/sh\nrm -rf ~\n", "text/plain", "type_forbidden"),
        (b"  <!DOCTYPE html><script>alert(1)</script>", "text/plain", "type_forbidden"),
        (b"\xef\xbb\xbf<svg onload=alert(1)>", "text/plain", "type_forbidden"),
        (b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"/>', "image/png", "type_forbidden"),
        (b"<html>" + b"\0\0ftypisom", "video/mp4", "type_forbidden"),
        (
            archive(**{"[Content_Types].xml": "x", "word/document.xml": "x", "word/vbaProject.bin": "x"}),
            DOCX,
            "type_forbidden",
        ),
        # Broken, or made to break who reads it.
        (picture()[:60], "image/png", "broken"),
        (b"\x89PNG\r\n\x1a\n" + b"\0" * 100, "image/png", "broken"),
        (b"PK\x03\x04" + b"\0" * 100, DOCX, "broken"),
        (bomb(30_000, 30_000), "image/png", "image_too_large"),
        (bomb(65_000, 10), "image/png", "image_too_large"),
        (bomb(2_000_000_000, 2_000_000_000), "image/png", "image_too_large"),
    ],
)
def test_the_bytes_must_be_what_they_were_said_to_be(  # noqa: PLR0917 (fixtures)
    body: bytes, kind: str, outcome: str, storage: S3, person: Sign, uploaded: Send
) -> None:
    ada = person()
    file = uploaded(ada, body, "a", kind)
    assert check(file.id) == outcome
    if outcome == "ready":
        assert content(ada, file.id).body == body
        return
    read = actions.read(ada, file.id)
    assert (read.status, read.reason) == ("refused", outcome)
    with pytest.raises(Problem, match="file_refused"):
        actions.content(ada, file.id, "original", now())
    assert keys(storage, file.id) == set()


def test_an_office_document_with_an_endless_list_is_not_read(person: Sign, uploaded: Send) -> None:
    body = bytearray(archive(**{"[Content_Types].xml": "x", "word/document.xml": "x"}))
    body[-12:-10] = (65_000).to_bytes(2, "little")
    file = uploaded(person(), bytes(body), "a", DOCX)
    assert check(file.id) == "broken"
