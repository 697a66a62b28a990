"""A task on ECS finds out by itself who and where it is."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from aiohttp import web

from media_node.control.address import with_task_addresses
from media_node.control.settings import node_settings
from tests.conftest import Stores

TASK = "arn:aws:ecs:eu-central-1:123456789012:task/media/0f9de17a6465404e8b1b2356dc13c2f8"


@pytest.fixture
async def metadata(stores: Stores) -> AsyncIterator[dict[str, str]]:
    """A network interface with a public address in EC2, and the task metadata endpoint that names it."""
    ec2 = stores.aws.client("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.0.1.0/24")["Subnet"]["SubnetId"]
    interface = ec2.create_network_interface(SubnetId=subnet, PrivateIpAddress="10.0.1.44")[
        "NetworkInterface"
    ]
    address = ec2.allocate_address(Domain="vpc")
    ec2.associate_address(
        AllocationId=address["AllocationId"], NetworkInterfaceId=interface["NetworkInterfaceId"]
    )

    async def task(_: web.Request) -> web.Response:
        network = {"NetworkMode": "awsvpc", "IPv4Addresses": ["10.0.1.44"]}
        return web.json_response({"TaskARN": TASK, "Containers": [{"Networks": [network]}]})

    app = web.Application()
    app.router.add_get("/v4/abc/task", task)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield {
        "ECS_CONTAINER_METADATA_URI_V4": f"http://127.0.0.1:{runner.addresses[0][1]}/v4/abc",
        "expected": address["PublicIp"],
    }
    await runner.cleanup()


async def test_a_task_advertises_its_interfaces_public_address(
    metadata: dict[str, str], stores: Stores, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in stores.aws.environment.items():
        monkeypatch.setenv(name, value)
    environ = {**stores.aws.environment, **metadata, "CONTROL_HOST": "0.0.0.0"}  # noqa: S104 -- replaced
    settings = node_settings(await asyncio.to_thread(with_task_addresses, environ))
    assert settings.node_id == "0f9de17a6465404e8b1b2356dc13c2f8"
    assert settings.region == stores.aws.environment["AWS_REGION"]
    assert settings.control_host == "10.0.1.44"
    assert settings.media_address == metadata["expected"]


def test_outside_of_a_task_nothing_is_made_up() -> None:
    environ = {"NODE_ID": "n", "REGION": "here", "CONTROL_HOST": "127.0.0.1", "MEDIA_ADDRESS": "127.0.0.1"}
    assert with_task_addresses(environ) == environ
