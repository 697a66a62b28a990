"""The HTTP API speaks payload 2.0 as API Gateway does."""

import base64
import json
from io import BytesIO
from typing import Any

import pytest

from .conftest import Served


async def event_of(served: Served, method: str, path: str, **options: Any) -> dict[str, Any]:
    async with served.http.request(method, served.url + path, **options) as answer:
        assert answer.status == 200
        return dict(await answer.json())


async def answer_of(served: Served, answer: Any) -> tuple[int, Any, bytes]:
    query = {"answer": json.dumps(answer)}
    async with served.http.get(f"{served.url}/things", params=query) as response:
        return response.status, response.headers, await response.read()


async def test_event_has_the_fields_of_payload_2_0(served: Served) -> None:
    headers = [("X-Twice", "a"), ("X-Twice", "b"), ("Cookie", "one=1; two=2"), ("User-Agent", "test/1")]
    event = await event_of(served, "GET", "/things?b=2&a=1&a=3&empty=", headers=headers)
    assert event["version"] == "2.0"
    assert event["routeKey"] == "GET /things"
    assert event["rawPath"] == "/things"
    assert event["rawQueryString"] == "b=2&a=1&a=3&empty="
    assert event["queryStringParameters"] == {"b": "2", "a": "1,3", "empty": ""}
    assert event["cookies"] == ["one=1", "two=2"]
    assert event["headers"]["x-twice"] == "a,b"
    assert event["headers"]["host"] == served.url.removeprefix("http://")
    assert event["headers"]["x-forwarded-for"] == "127.0.0.1"
    assert "cookie" not in event["headers"]
    assert "body" not in event
    assert "pathParameters" not in event
    assert event["isBase64Encoded"] is False
    context = event["requestContext"]
    assert context["http"] == {
        "method": "GET",
        "path": "/things",
        "protocol": "HTTP/1.1",
        "sourceIp": "127.0.0.1",
        "userAgent": "test/1",
    }
    assert context["stage"] == "$default"
    assert context["routeKey"] == "GET /things"
    assert context["timeEpoch"] > 1_700_000_000_000


async def test_path_parameters_are_decoded_and_literals_go_first(served: Served) -> None:
    named = await event_of(served, "GET", "/things/a%20b%2Fc")
    assert (named["routeKey"], named["pathParameters"]) == ("GET /things/{id}", {"id": "a b/c"})
    assert (await event_of(served, "GET", "/things/mine"))["routeKey"] == "GET /things/mine"
    greedy = await event_of(served, "PUT", "/files/a/b.txt")
    assert (greedy["routeKey"], greedy["pathParameters"]) == ("ANY /files/{path+}", {"path": "a/b.txt"})


@pytest.mark.parametrize(("method", "path"), [("DELETE", "/things"), ("GET", "/files/")])
async def test_unknown_route_is_404_in_api_gateways_words(served: Served, method: str, path: str) -> None:
    async with served.http.request(method, served.url + path) as answer:
        assert answer.status == 404
        assert await answer.json() == {"message": "Not Found"}


async def test_text_comes_as_text_and_binary_in_base64(served: Served) -> None:
    text = await event_of(served, "POST", "/things", json={"ä": 1})
    assert (json.loads(text["body"]), text["isBase64Encoded"]) == ({"ä": 1}, False)
    octets = b"\xff\x00\x01"
    options = {"data": octets, "headers": {"Content-Type": "application/octet-stream"}}
    binary = await event_of(served, "POST", "/things", **options)
    assert binary["isBase64Encoded"] is True
    assert base64.b64decode(binary["body"]) == octets
    broken = await event_of(
        served, "POST", "/things", data=octets, headers={"Content-Type": "application/json"}
    )
    assert broken["isBase64Encoded"] is True


async def test_body_over_ten_megabytes_is_413(served: Served) -> None:
    async with served.http.post(f"{served.url}/things", data=BytesIO(bytes(10 * 1024 * 1024 + 1))) as answer:
        assert answer.status == 413
        assert await answer.json() == {"message": "Request Entity Too Large"}


async def test_response_carries_status_headers_cookies_and_binary_body(served: Served) -> None:
    body = base64.b64encode(b"\x00\xff").decode()
    headers = {"Content-Type": "image/png", "X-Number": 7}
    given = {"statusCode": 201, "headers": headers, "cookies": ["a=1; Path=/", "b=2"], "body": body}
    status, got, content = await answer_of(served, given | {"isBase64Encoded": True})
    assert (status, content) == (201, b"\x00\xff")
    assert got["Content-Type"] == "image/png"
    assert got["X-Number"] == "7"
    assert got.getall("Set-Cookie") == ["a=1; Path=/", "b=2"]


async def test_answer_without_status_code_is_the_json_body(served: Served) -> None:
    status, headers, content = await answer_of(served, {"hello": 1})
    assert (status, json.loads(content)) == (200, {"hello": 1})
    assert headers["Content-Type"].startswith("application/json")


@pytest.mark.parametrize("bad", [{"statusCode": "many"}, {"statusCode": 200, "body": {"no": "string"}}])
async def test_malformed_answer_is_500(served: Served, bad: Any) -> None:
    status, _, content = await answer_of(served, bad)
    assert (status, json.loads(content)) == (500, {"message": "Internal Server Error"})


@pytest.mark.parametrize("way", ["raise", "crash"])
async def test_failing_function_is_500_and_the_next_request_works(served: Served, way: str) -> None:
    async with served.http.get(f"{served.url}/things", params={"answer": way}) as answer:
        assert answer.status == 500
        assert await answer.json() == {"message": "Internal Server Error"}
    await event_of(served, "GET", "/things")
