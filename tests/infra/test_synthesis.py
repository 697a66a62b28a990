"""The synth itself: plain templates without findings, the same each time; nothing careless gets through."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from infra.settings import Deployment
from tests.infra.assembly import ROOT, Assembly, Synthesize, strings

CARELESS = """
import sys
from infra.app import choose_node
choose_node()
from aws_cdk import App, Stack, aws_s3 as s3
from infra.house import build
app = App(outdir=sys.argv[1], context={"aws:cdk:bundling-stacks": []}, analytics_reporting=False)
build(app)
s3.Bucket(Stack(app, "Careless"), "Open")
app.synth()
"""


def test_cfn_lint_finds_nothing(assembly: Assembly) -> None:
    templates = sorted(str(path) for path in assembly.folder.glob("*.template.json"))
    assert len(templates) == 7
    done = subprocess.run(
        [str(Path(sys.executable).parent / "cfn-lint"), "--format", "parseable", *templates],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.stdout == ""
    assert done.returncode == 0, done.stderr


def test_a_finding_that_nobody_accepted_fails_the_synth(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", CARELESS, str(tmp_path)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode != 0
    report = json.loads((tmp_path / "validation-report.json").read_text())
    careless = {
        violation["ruleName"]
        for plugin in report["pluginReports"]
        for violation in plugin["violations"]
        if any("Careless/Open" in where["constructPath"] for where in violation["violatingConstructs"])
    }
    assert any("AwsSolutions-S10" in rule for rule in careless)


def test_two_synths_of_the_same_sources_are_the_same(
    assembly: Assembly, synthesize: Synthesize, tmp_path: Path
) -> None:
    assert synthesize(tmp_path).returncode == 0
    assert _without_hashes(Assembly.read(tmp_path)) == _without_hashes(assembly)


def _without_hashes(assembly: Assembly) -> str:
    """Contents may change in between where somebody is at work; names and order may not."""
    return re.sub(r"[0-9a-f]{32,64}", "#", json.dumps(assembly.templates))


def test_no_template_names_an_account_or_a_region(assembly: Assembly) -> None:
    manifest = json.loads((assembly.folder / "manifest.json").read_text())["artifacts"]
    environments = {
        artifact["environment"]
        for artifact in manifest.values()
        if artifact["type"] == "aws:cloudformation:stack"
    }
    assert environments == {"aws://unknown-account/unknown-region"}


def test_no_stack_comes_near_the_500_resources_of_cloudformation(assembly: Assembly) -> None:
    assert max(len(template["Resources"]) for template in assembly.templates.values()) < 400


def test_the_addresses_are_outputs(assembly: Assembly) -> None:
    outputs = assembly.templates["ConvokeWeb"]["Outputs"]
    assert {"PublicUrl", "SocketUrl", "SocketCallbackUrl", "HttpApiUrl"} <= set(outputs)
    assert "".join(strings(outputs["SocketUrl"]["Value"])).startswith("wss://")


def test_a_domain_becomes_the_origin_everywhere(synthesize: Synthesize, tmp_path: Path) -> None:
    arn = "arn:aws:acm:us-east-1:111122223333:certificate/00000000-0000-0000-0000-000000000000"
    done = synthesize(tmp_path, "-c", "domain=meet.example.com", "-c", f"certificate_arn={arn}")
    assert done.returncode == 0, done.stderr
    found = Assembly.read(tmp_path)
    variables = found.functions()["functions.socket.handler"].properties["Environment"]["Variables"]
    assert variables["PUBLIC_URL"] == "https://meet.example.com"
    assert variables["SOCKET_URL"] == "wss://meet.example.com/socket"
    config = found.one("AWS::CloudFront::Distribution").properties["DistributionConfig"]
    assert config["Aliases"] == ["meet.example.com"]
    assert config["ViewerCertificate"]["MinimumProtocolVersion"] == "TLSv1.2_2021"


def test_a_domain_without_a_certificate_is_refused() -> None:
    with pytest.raises(ValueError, match="certificate_arn"):
        Deployment(domain="meet.example.com")


def test_every_alarm_wakes_somebody(assembly: Assembly) -> None:
    alarms = assembly.all("AWS::CloudWatch::Alarm")
    topic = assembly.one("AWS::SNS::Topic").key
    assert all(topic in set(strings(alarm.properties["AlarmActions"])) for alarm in alarms)
    watched = {text for alarm in alarms for text in strings(alarm.properties)}
    assert {
        "5xx",
        "Errors",
        "Throttles",
        "ApproximateNumberOfMessagesVisible",
        "CPUUtilization",
        "DatabaseConnections",
        "RunningTaskCount",
    } <= watched
    assert len(assembly.all("AWS::CloudWatch::Dashboard")) == 1
