"""Media nodes: what the world reaches, how they come and go, what is in their image."""

import json
from typing import Any

from tests.infra.assembly import ROOT, Assembly, strings

MEDIA_PORT, CONTROL_PORT = 10_000, 8081


def _container(assembly: Assembly) -> dict[str, Any]:
    (container,) = assembly.one("AWS::ECS::TaskDefinition").properties["ContainerDefinitions"]
    assert isinstance(container, dict)
    return container


def _environment(assembly: Assembly) -> dict[str, Any]:
    return {each["Name"]: each["Value"] for each in _container(assembly)["Environment"]}


def test_the_world_reaches_the_media_port_over_udp_and_nothing_else(assembly: Assembly) -> None:
    open_to_all = [
        rule
        for group in assembly.all("AWS::EC2::SecurityGroup")
        for rule in group.properties.get("SecurityGroupIngress", [])
        if rule.get("CidrIp") in ("0.0.0.0/0", "::/0") or "CidrIpv6" in rule
    ]
    assert [(rule["IpProtocol"], rule["FromPort"], rule["ToPort"]) for rule in open_to_all] == [
        ("udp", MEDIA_PORT, MEDIA_PORT)
    ]
    rules = assembly.all("AWS::EC2::SecurityGroupIngress")
    assert not any("CidrIp" in rule.properties for rule in rules)


def test_only_functions_reach_the_control_port(assembly: Assembly) -> None:
    (rule,) = [
        rule.properties
        for rule in assembly.all("AWS::EC2::SecurityGroupIngress")
        if rule.properties["ToPort"] == CONTROL_PORT
    ]
    assert rule["GroupId"]["Fn::GetAtt"][0].startswith("NodesGroup")
    assert rule["SourceSecurityGroupId"]["Fn::GetAtt"][0].startswith("FunctionsGroup")
    assert rule["FromPort"] == CONTROL_PORT


def test_a_node_listens_where_the_security_group_is_open(assembly: Assembly) -> None:
    environment = _environment(assembly)
    assert environment["MEDIA_PORT"] == str(MEDIA_PORT)
    assert environment["CONTROL_PORT"] == str(CONTROL_PORT)
    mapped = {(port["ContainerPort"], port["Protocol"]) for port in _container(assembly)["PortMappings"]}
    assert mapped == {(MEDIA_PORT, "udp"), (CONTROL_PORT, "tcp")}


def test_a_node_has_a_public_address_and_comes_up_before_another_goes(assembly: Assembly) -> None:
    service = assembly.one("AWS::ECS::Service").properties
    network = service["NetworkConfiguration"]["AwsvpcConfiguration"]
    assert network["AssignPublicIp"] == "ENABLED"
    assert all("public" in subnet["Fn::ImportValue"] for subnet in network["Subnets"])
    deployment = service["DeploymentConfiguration"]
    assert deployment["MinimumHealthyPercent"] == 100
    assert deployment["DeploymentCircuitBreaker"] == {"Enable": True, "Rollback": True}


def test_a_stopping_node_has_time_to_drain(assembly: Assembly) -> None:
    stop = _container(assembly)["StopTimeout"]
    assert stop <= 120  # Fargate's limit
    assert int(_environment(assembly)["DRAIN_SECONDS"]) < stop


def test_nodes_scale_on_processor_and_on_streams(assembly: Assembly) -> None:
    policies = assembly.all("AWS::ApplicationAutoScaling::ScalingPolicy")
    targets = [each.properties["TargetTrackingScalingPolicyConfiguration"] for each in policies]
    assert "ECSServiceAverageCPUUtilization" in set(strings(targets))
    measured = assembly.one("AWS::Logs::MetricFilter").properties["MetricTransformations"][0]["MetricName"]
    assert measured in set(strings(targets))
    (target,) = assembly.all("AWS::ApplicationAutoScaling::ScalableTarget")
    assert 1 < target.properties["MinCapacity"] < target.properties["MaxCapacity"]


def test_a_node_runs_on_arm64_with_nothing_to_write_to(assembly: Assembly) -> None:
    task = assembly.one("AWS::ECS::TaskDefinition").properties
    assert task["RuntimePlatform"]["CpuArchitecture"] == "ARM64"
    assert _container(assembly)["ReadonlyRootFilesystem"]
    assert "/healthz" in "".join(_container(assembly)["HealthCheck"]["Command"])


def test_a_node_is_given_no_secret_only_the_names_of_some(assembly: Assembly) -> None:
    environment = _environment(assembly)
    assert {"TOKEN_SECRET_ID", "REDIS_AUTH_SECRET_ID"} <= set(environment)
    assert "NODE_SECRET" not in environment
    assert environment["DATABASE_AUTH"] == "iam"
    assert not any("resolve:secretsmanager" in text for text in strings(environment))


def test_the_image_is_built_from_the_nodes_sources_alone(assembly: Assembly) -> None:
    images = json.loads((assembly.folder / "ConvokeMedia.assets.json").read_text())["dockerImages"]
    (image,) = [each["source"] for each in images.values()]
    assert image["dockerFile"] == "media_node/Dockerfile"
    assert image["platform"] == "linux/arm64"
    context = assembly.folder / image["directory"]
    files = {path.relative_to(context).as_posix() for path in context.rglob("*") if path.is_file()}
    assert {"media_node/Dockerfile", "media_node/requirements.lock"} <= files
    assert "layers/core/python/convoke/__init__.py" in files
    assert not [file for file in files if not file.startswith(("media_node/", "layers/core/python/convoke/"))]
    assert not [file for file in files if file.endswith((".pyc", ".so"))]


def test_the_image_runs_as_nobody_in_particular_and_takes_only_locked_wheels() -> None:
    dockerfile = (ROOT / "media_node/Dockerfile").read_text()
    assert "--require-hashes" in dockerfile
    assert "\nUSER convoke\n" in dockerfile
    assert 'ENTRYPOINT ["python", "-m", "media_node"]' in dockerfile
