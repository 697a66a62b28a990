"""Our signature is botocore's, for whatever is signed."""

import hashlib
from datetime import UTC, datetime
from urllib.parse import quote

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import ReadOnlyCredentials
from hypothesis import given, settings
from hypothesis import strategies as st

from convoke.backends.sigv4 import signed_headers

NOW = datetime(2026, 11, 20, 12, 34, 56, tzinfo=UTC)


class _Still(SigV4Auth):
    """botocore's, at our moment."""

    def add_auth(self, request: AWSRequest) -> None:
        request.context["timestamp"] = NOW.strftime("%Y%m%dT%H%M%SZ")
        request.headers["X-Amz-Date"] = request.context["timestamp"]
        if self.credentials.token:
            request.headers["X-Amz-Security-Token"] = self.credentials.token
        canonical = self.canonical_request(request)
        signature = self.signature(self.string_to_sign(request, canonical), request)
        self._inject_signature_to_request(request, signature)  # type: ignore[attr-defined]  # not in the stubs


@settings(deadline=None, max_examples=200)
@given(
    # "." and ".." are steps in a path, which botocore takes; no connection has such a name.
    connection=st.text(min_size=1, max_size=30).filter(lambda t: t.isprintable() and t.strip(".")),
    payload=st.binary(max_size=100),
    token=st.one_of(st.none(), st.from_regex(r"[A-Za-z0-9/+=]{1,60}", fullmatch=True)),
    method=st.sampled_from(["POST", "DELETE"]),
)
def test_it_is_what_botocore_signs(connection: str, payload: bytes, token: str | None, method: str) -> None:
    credentials = ReadOnlyCredentials("AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG", token)
    path = f"/prod/@connections/{quote(connection, safe='')}"
    request = AWSRequest(method=method, url=f"https://abc.example.org{path}", data=payload)
    _Still(credentials, "execute-api", "eu-central-1").add_auth(request)
    ours = signed_headers(
        method,
        "abc.example.org",
        path,
        hashlib.sha256(payload).hexdigest(),
        credentials,
        "eu-central-1",
        "execute-api",
        NOW,
    )
    assert ours["authorization"] == request.headers["Authorization"]


@pytest.mark.parametrize("name", ["host", "x-amz-date", "authorization"])
def test_what_must_be_sent_with_it_is_there(name: str) -> None:
    credentials = ReadOnlyCredentials("AKIDEXAMPLE", "secret", None)
    assert name in signed_headers("POST", "here", "/", "0" * 64, credentials, "r", "execute-api", NOW)
