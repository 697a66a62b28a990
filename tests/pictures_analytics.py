"""Pictures of the pages with charts, for people to look at: light, dark and as narrow as a phone.

    python -m tests.pictures_analytics [--into pictures]

Starts the stack with a month of generated data. Prints each picture's path, and what the page logged.
"""

import argparse
import asyncio
import os
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any
from uuid import UUID

import aiohttp
import psycopg
from playwright.async_api import Browser, Page, async_playwright

from convoke.backends import cassandra
from convoke.ids import new_id
from convoke.settings import settings
from local.stack import Options, Stack
from tests import browser as chromium
from tests import month

ROOT = Path(__file__).parents[1]
PASSWORD = "correct horse battery"
NAMES = ("Ada Lovelace", "Grace Hopper", "Katherine Johnson", "Barbara Liskov", "Radia Perlman")
LOOKS: dict[str, dict[str, Any]] = {
    "light": {"viewport": {"width": 1200, "height": 900}, "color_scheme": "light"},
    "dark": {"viewport": {"width": 1200, "height": 900}, "color_scheme": "dark"},
    "phone": {"viewport": {"width": 360, "height": 740}, "color_scheme": "light", "device_scale_factor": 2},
}


async def take(into: Path) -> None:
    with tempfile.TemporaryDirectory() as folder:
        stack = Stack(ROOT, Path(folder), options=Options(durable=False, s3=False))
        await stack.start()
        try:
            assert await stack.analytics, "no Cassandra"
            code = await _fill(stack)
            async with async_playwright() as playwright:
                browser = await playwright.chromium.launch(
                    executable_path=chromium.executable(), args=list(chromium.ARGUMENTS)
                )
                for look in LOOKS:
                    await _look(browser, stack.url, code, into, look)
                await browser.close()
        finally:
            cassandra.close()
            await stack.stop()


async def _fill(stack: Stack) -> str:
    """Registers people, makes the first an admin and host of a past meeting; → its code."""
    users: list[UUID] = []
    tokens: list[str] = []
    async with aiohttp.ClientSession(stack.url) as http:
        for name in NAMES:
            account = {"email": _email(name), "password": PASSWORD, "display_name": name}
            async with http.post("/v1/auth/register", json=account) as answer:
                registered = await answer.json()
                users.append(UUID(registered["user"]["id"]))
                tokens.append(registered["access_token"])
        body = {"title": "Weekly planning", "type": "instant"}
        async with http.post(
            "/v1/meetings", json=body, headers={"authorization": f"Bearer {tokens[0]}"}
        ) as answer:
            meeting = await answer.json()
    now = datetime.now(UTC)
    start = now - timedelta(hours=2)
    people = [UUID(new_id()) for _ in range(3)]
    with psycopg.connect(stack.database_url, autocommit=True) as owner:
        owner.execute("UPDATE users SET role = 'admin' WHERE user_id = %s", (users[0],))
        owner.execute(
            "UPDATE meetings SET status = 'ended', actual_start_time = %s, actual_end_time = %s"
            " WHERE meeting_id = %s",
            (start, start + timedelta(minutes=41), meeting["id"]),
        )
        for place, person in enumerate(people):
            came, left = start + timedelta(seconds=20 * place), start + timedelta(minutes=40)
            owner.execute(
                "INSERT INTO meeting_participants (participant_id, meeting_id, display_name, status,"
                " first_joined_at, joined_at, left_at, leave_reason, created_at, updated_at)"
                " VALUES (%s, %s, %s, 'left', %s, %s, %s, 'voluntary', %s, %s)",
                (person, meeting["id"], NAMES[place], came, came, left, came, left),
            )
    os.environ |= {
        "DATABASE_URL": stack.parts.app_url,
        "CASSANDRA_HOSTS": stack.parts.cassandra_hosts,
        "AWS_REGION": "eu-central-1",
    }
    settings.cache_clear()
    await asyncio.to_thread(_generate, users, UUID(meeting["id"]), people, now, start)
    return str(meeting["code"])


def _generate(users: list[UUID], meeting: UUID, people: list[UUID], now: datetime, start: datetime) -> None:
    random = Random(7)
    month.fill_month(users, now, random)
    month.fill_quality(meeting, people, start, random)
    month.fill_story(meeting, list(zip(people, NAMES, strict=False)), start, random)


async def _look(browser: Browser, url: str, code: str, into: Path, look: str) -> None:
    made = await browser.new_context(**LOOKS[look], locale="en-GB", timezone_id="Europe/Berlin")
    page = await made.new_page()
    page.on("console", lambda message: print("  page:", message.text) if message.type != "log" else None)
    page.on("pageerror", lambda error: print("  page error:", error))

    async def picture(name: str) -> None:
        path = into / f"{name}-{look}.png"
        await page.screenshot(path=path, full_page=True)
        wide = await page.evaluate("document.documentElement.scrollWidth > innerWidth")
        print(path, "WIDER THAN THE WINDOW" if wide else "")

    await page.goto(f"{url}/login?next=%2Fusage")
    await page.get_by_label("Email").fill(_email(NAMES[0]))
    await page.get_by_label("Password").fill(PASSWORD)
    await page.get_by_role("main").get_by_role("button", name="Log in").click()
    await page.locator(".chart canvas").first.wait_for()
    await _settled(page)
    await picture("usage")
    await page.get_by_role("button", name="Time in meetings").click()
    await page.get_by_label("Split by").select_option("user_id")
    await page.locator(".shares").wait_for()
    await _settled(page)
    await picture("usage-people")
    await page.goto(f"{url}/")
    await page.get_by_role("link", name="How Weekly planning went").wait_for()
    await picture("list")
    await page.goto(f"{url}/m/{code}/insights")
    await page.get_by_role("button", name="Show charts of Grace Hopper").click()
    await page.locator(".charts canvas").nth(2).wait_for()
    await _settled(page)
    await picture("insights")
    await page.route("**/v1/analytics/**", lambda route: route.fulfill(**_away()))
    await page.goto(f"{url}/usage")
    await page.get_by_text("nothing is lost").wait_for()
    await picture("away")
    await made.close()


def _away() -> dict[str, Any]:
    return {
        "status": 503,
        "content_type": "application/problem+json",
        "body": '{"type": "/problems/analytics_unavailable", "title": "Away", "status": 503}',
    }


async def _settled(page: Page) -> None:
    await page.wait_for_load_state("networkidle")


def _email(name: str) -> str:
    return f"{name.split(maxsplit=1)[0].lower()}@example.org"


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--into", type=Path, default=Path("pictures"))
    chosen = parser.parse_args()
    chosen.into.mkdir(parents=True, exist_ok=True)
    asyncio.run(take(chosen.into))
