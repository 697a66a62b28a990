"""What breaks while people meet: a node, a function's process, the whole of Redis. The meeting goes on."""

import asyncio
import contextlib
import os
import re
import signal
from collections.abc import Callable
from typing import Any
from uuid import UUID

import redis
from cassandra.cluster import Cluster
from playwright.async_api import Error as PlaywrightError
from playwright.async_api import expect

from local.stack import Stack
from tests.flows.conftest import Api, Arrive, chromium_of_its_own, email
from tests.flows.people import PATIENCE_SECONDS, Person, eventually

Rows = Callable[..., list[dict[str, Any]]]


async def two_in_a_meeting(arrive: Arrive) -> tuple[str, Person, Person]:
    ada, bela = await arrive("Ada"), await arrive("Bela")
    await ada.register(email())
    link = await ada.start_meeting()
    await bela.join(link)
    await ada.sees(bela)
    await bela.sees(ada)
    return link, ada, bela


async def test_when_a_media_node_is_killed_people_move_to_another_one(arrive: Arrive, stack: Stack) -> None:
    _, ada, bela = await two_in_a_meeting(arrive)
    old = (await ada.stats())["node_id"]
    next(node for node in stack.nodes if node.node_id == old).kill()

    async def nodes() -> set[str]:
        return {(await one.stats())["node_id"] for one in (ada, bela)}

    await eventually(nodes, lambda found: len(found) == 1 and old not in found, seconds=60)
    await ada.sees(bela)
    await bela.sees(ada)
    await bela.hears(ada)
    # The meeting itself never noticed: both are still in it, and it still takes messages.
    await ada.say("Still here")
    await bela.reads("Still here")


async def test_a_draining_node_sends_its_people_to_another_one(arrive: Arrive, stack: Stack) -> None:
    _, ada, bela = await two_in_a_meeting(arrive)
    old = (await ada.stats())["node_id"]
    next(node for node in stack.nodes if node.node_id == old).drain()

    async def nodes() -> set[str]:
        return {(await one.stats())["node_id"] for one in (ada, bela)}

    await eventually(nodes, lambda found: len(found) == 1 and old not in found)
    await ada.sees(bela)
    await bela.hears(ada)


async def test_when_redis_is_flushed_its_state_is_rebuilt(arrive: Arrive, stack: Stack, rows: Rows) -> None:
    _, ada, bela = await two_in_a_meeting(arrive)
    node = (await ada.stats())["node_id"]
    with redis.Redis.from_url(stack.redis_url) as client:
        client.flushall()

    await ada.say("After the flood")
    await ada.reads("After the flood")
    # Who says nothing notices with the next ping, of which there is one in 20 seconds.
    await bela.reads("After the flood", seconds=20 + PATIENCE_SECONDS)
    await bela.press("Raise hand")
    await expect(ada.tile(bela)).to_have_attribute("aria-label", re.compile("Hand raised"))
    # A newcomer still finds the node where the others are.
    cleo = await arrive("Cleo")
    await cleo.join(ada.page.url)
    await cleo.sees(ada)
    assert (await cleo.stats())["node_id"] == node
    await ada.sees(cleo)
    there = rows(
        "SELECT status FROM meeting_participants JOIN meeting_codes USING (meeting_id) WHERE code = %s",
        ada.page.url.rpartition("/")[2],
    )
    assert [row["status"] for row in there] == ["joined"] * 3


def created_in_cassandra(stack: Stack, ids: list[str]) -> list[str]:
    """One for each event of a creation that Cassandra has of these meetings."""
    port = int(stack.parts.cassandra_hosts.rpartition(":")[2])
    cluster = Cluster(["127.0.0.1"], port=port, protocol_version=4, schema_metadata_enabled=False)
    try:
        session = cluster.connect("convoke")
        query = "SELECT event_type FROM meeting_events WHERE meeting_id = %s"
        return [
            meeting
            for meeting in ids
            for row in session.execute(query, (UUID(meeting),))
            if row.event_type == "meeting.created"
        ]
    finally:
        cluster.shutdown()


async def test_a_function_killed_in_mid_request_leaves_no_half_meeting(
    api: Api, stack: Stack, rows: Rows
) -> None:
    token = await api.register("Dora")
    killed = 0

    async def create(number: int) -> int:
        status, _ = await api.ask(
            "POST", "/v1/meetings", {"title": f"Killed {number}", "type": "instant"}, token=token
        )
        return status

    async def kill_now_and_then() -> None:
        nonlocal killed
        for _ in range(8):
            await asyncio.sleep(0.05)
            for pid in stack.worker_pids("functions.rest.meetings")[:1]:
                os.kill(pid, signal.SIGKILL)
                killed += 1

    statuses, _ = await asyncio.gather(
        asyncio.gather(*(create(number) for number in range(40))), kill_now_and_then()
    )
    assert killed > 0
    # HTTP APIs answer 500 for a function that did not.
    assert set(statuses) <= {201, 500}
    made = rows("SELECT meeting_id::text FROM meetings WHERE title LIKE %s", "Killed %")
    # A request that was killed after its commit is made although nobody was told: never the other way round.
    assert len(made) >= statuses.count(201)
    ids = [row["meeting_id"] for row in made]
    kept = rows("SELECT DISTINCT target_id AS id FROM audit_logs WHERE target_id = ANY(%s)", ids)
    assert len(kept) == len(made)
    assert await stack.analytics

    async def waiting() -> list[dict[str, Any]]:
        await stack.fire("functions.jobs.drain_outbox")
        # The schedule's own turn may hold some of them at this moment.
        return rows("SELECT 1 FROM outbox WHERE meeting_id = ANY(%s::uuid[])", ids)

    await eventually(waiting, lambda left: not left)
    told = await asyncio.to_thread(created_in_cassandra, stack, ids)
    assert sorted(told) == sorted(ids)
    status, _ = await api.ask("GET", "/v1/meetings", token=token)
    assert status == 200


async def test_a_browser_that_vanishes_is_gone_after_the_grace_time(
    arrive: Arrive, stack: Stack, rows: Rows
) -> None:
    ada = await arrive("Ada")
    await ada.register(email())
    link = await ada.start_meeting()
    async with chromium_of_its_own() as browser:
        bela = await Person.arrive(browser, stack.url, "Bela")
        await bela.join(link)
        await ada.sees(bela)
        bela_id = (await bela.stats())["participant_id"]
        # A crash says no farewell: neither the page nor the browser closes anything.
        session = await browser.new_browser_cdp_session()
        with contextlib.suppress(PlaywrightError):
            await session.send("Browser.crash")
    await expect(ada.tile(bela)).to_have_attribute("aria-label", re.compile("Reconnecting"))
    await expect(ada.tile(bela)).to_have_count(0, timeout=(30 + PATIENCE_SECONDS) * 1000)
    found = rows("SELECT status, leave_reason FROM meeting_participants WHERE participant_id = %s", bela_id)
    assert found == [{"status": "left", "leave_reason": "connection_lost"}]
