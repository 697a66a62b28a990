"""Three browsers meet: all that happened is in Cassandra once, and the numbers of the day are right."""

import asyncio
from collections import Counter
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from playwright.async_api import expect

from local.stack import Stack
from tests.flows.conftest import Api, Arrive, email
from tests.flows.people import eventually

Rows = Callable[..., list[dict[str, Any]]]


async def _carry(stack: Stack, rows: Rows) -> None:
    """The schedule's turn until nothing waits."""
    assert await stack.analytics

    async def waiting() -> int:
        await stack.fire("functions.jobs.drain_outbox")
        return int(rows("SELECT count(*) AS n FROM outbox")[0]["n"])

    await eventually(waiting, lambda count: count == 0)


async def test_what_three_did_is_told_once_counted_right_and_shown(
    stack: Stack, api: Api, arrive: Arrive, rows: Rows
) -> None:
    ada, bela, cleo = await arrive("Ada"), await arrive("Bela"), await arrive("Cleo")
    await ada.register(email())
    link = await ada.start_meeting()
    code = urlsplit(link).path.rsplit("/", 1)[-1]
    await asyncio.gather(bela.join(link), cleo.join(link))
    await ada.sees(bela)
    token = await ada.access_token()

    await bela.press("Mute microphone")
    await cleo.press("Share screen")
    await ada.screen(cleo).wait_for()
    await cleo.press("Stop sharing")
    await expect(ada.screen(cleo)).to_have_count(0)

    # Reports come every ten seconds, and say what changed since the one before.
    async def measured() -> list[dict[str, Any]]:
        _, answer = await api.ask("GET", f"/v1/meetings/{code}/quality", token=token)
        return list(answer["items"]) if "items" in answer else []

    people = await eventually(
        measured,
        lambda items: (
            len(items) == 3 and all(i["reports"] >= 2 and i["round_trip"] is not None for i in items)
        ),
        seconds=90,
    )
    assert {item["display_name"] for item in people} == {"Ada", "Bela", "Cleo"}
    path = f"/v1/meetings/{code}/quality?participant={people[0]['participant_id']}"
    _, detail = await api.ask("GET", path, token=token)
    last = detail["items"][0]["points"][-1]
    assert last["uplink_bitrate"] > 10_000
    assert last["downlink_bitrate"] > 10_000

    await bela.leave()
    await cleo.leave()
    for gone in (bela, cleo):
        await expect(ada.tile(gone)).to_have_count(0)
    await api.ask("POST", f"/v1/meetings/{code}/end", token=token)
    await _carry(stack, rows)

    _, story = await api.ask("GET", f"/v1/meetings/{code}/timeline?limit=1000", token=token)
    told = Counter((item["name"], item["type"]) for item in story["items"])
    for name in ("Ada", "Bela", "Cleo"):
        assert told[name, "participant.joined"] == 1, told
        assert told[name, "participant.left"] == 1, told
    assert told["Bela", "participant.muted"] == 1, told
    assert told["Cleo", "participant.screen_share_started"] == 1, told
    assert told["Cleo", "participant.screen_share_stopped"] == 1, told
    assert [count for (_, kind), count in told.items() if kind in ("meeting.started", "meeting.ended")] == [
        1,
        1,
    ]

    await _rolled_up_right(stack, api, rows, ada.email)
    await ada.page.goto(f"{stack.url}/m/{code}/insights")
    await expect(ada.page.get_by_text("Bela muted the microphone")).to_be_visible()
    await expect(ada.page.get_by_role("heading", name="Audio and video quality")).to_be_visible()
    await ada.page.get_by_role("button", name="Show charts of Bela").click()
    await expect(ada.page.locator(".charts canvas")).to_have_count(3)


async def _rolled_up_right(stack: Stack, api: Api, rows: Rows, host: str) -> None:
    """Twice: other flows of this run meet today too, so what is compared is what PostgreSQL knows."""
    rows("UPDATE users SET role = 'admin' WHERE email = %s RETURNING user_id", host)
    body = {"email": host, "password": "correct horse battery"}
    _, signed_in = await api.ask("POST", "/v1/auth/login", body)
    seen = []
    for _ in range(2):
        await stack.fire("functions.jobs.roll_up_usage")
        counts = {}
        for metric in ("total_meetings", "total_participants", "messages"):
            path = f"/v1/analytics/usage?metric={metric}"
            _, usage = await api.ask("GET", path, token=signed_in["access_token"])
            counts[metric] = sum(series["total"] for series in usage["series"])
        seen.append(counts)
    (truth,) = rows(
        "SELECT count(DISTINCT meeting_id) AS total_meetings, count(*) AS total_participants,"
        " (SELECT count(*) FROM messages) AS messages"
        " FROM meeting_participants WHERE first_joined_at IS NOT NULL"
    )
    assert seen == [truth, truth]
