"""Where an ECS task is: its private address from the task metadata, its public one from EC2.

Fargate gives a task its own network interface; the public address is the interface's, not on the host.
"""

import json
import urllib.request
from collections.abc import Mapping

METADATA_SECONDS = 2.0


def with_task_addresses(environ: Mapping[str, str]) -> dict[str, str]:
    """`environ` with CONTROL_HOST and MEDIA_ADDRESS filled in, in an ECS task that was not given them."""
    completed = dict(environ)
    metadata = environ.get("ECS_CONTAINER_METADATA_URI_V4")
    if not metadata or (environ.get("CONTROL_HOST") and environ.get("MEDIA_ADDRESS")):
        return completed
    private = _private_address(metadata)
    if not completed.get("CONTROL_HOST"):
        completed["CONTROL_HOST"] = private
    if not completed.get("MEDIA_ADDRESS"):
        completed["MEDIA_ADDRESS"] = _public_address(private, environ["AWS_REGION"])
    return completed


def _private_address(metadata: str) -> str:
    with urllib.request.urlopen(f"{metadata}/task", timeout=METADATA_SECONDS) as response:  # noqa: S310
        task = json.load(response)
    return str(task["Containers"][0]["Networks"][0]["IPv4Addresses"][0])


def _public_address(private: str, region: str) -> str:
    import boto3  # noqa: PLC0415 (100 ms; only a task that must look itself up pays for it)

    client = boto3.client("ec2", region_name=region)
    found = client.describe_network_interfaces(
        Filters=[{"Name": "addresses.private-ip-address", "Values": [private]}]
    )["NetworkInterfaces"]
    for interface in found:
        public = interface.get("Association", {}).get("PublicIp")
        if public:
            return str(public)
    raise SystemExit(f"the media node cannot start: {private} has no public address; set MEDIA_ADDRESS")
