"""Where an ECS task is: its private address from the task metadata, its public one from EC2.

Fargate gives a task its own network interface; the public address is the interface's, not on the host.
"""

import json
import urllib.request
from collections.abc import Mapping

METADATA_SECONDS = 2.0
ANY = "0.0.0.0"  # noqa: S104 -- what a template says that cannot know the address; never bound


def with_task_addresses(environ: Mapping[str, str]) -> dict[str, str]:
    """`environ` completed from the task's metadata: NODE_ID, CONTROL_HOST and MEDIA_ADDRESS."""
    completed = dict(environ)
    if "AWS_REGION" in environ:
        completed.setdefault("REGION", environ["AWS_REGION"])
    metadata = environ.get("ECS_CONTAINER_METADATA_URI_V4")
    if not metadata:
        return completed
    with urllib.request.urlopen(f"{metadata}/task", timeout=METADATA_SECONDS) as response:  # noqa: S310
        task = json.load(response)
    private = str(task["Containers"][0]["Networks"][0]["IPv4Addresses"][0])
    completed.setdefault("NODE_ID", str(task["TaskARN"]).rsplit("/", 1)[-1])
    if completed.get("CONTROL_HOST", ANY) == ANY:
        completed["CONTROL_HOST"] = private
    if not completed.get("MEDIA_ADDRESS"):
        completed["MEDIA_ADDRESS"] = _public_address(private, completed["REGION"])
    return completed


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
