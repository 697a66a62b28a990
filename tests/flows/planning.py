"""Planning a meeting on the calendar page, and finding it there again."""

import re
from datetime import UTC, datetime, timedelta

from playwright.async_api import Locator

from tests.flows.people import Person


async def plan(host: Person, title: str, **choices: str) -> None:
    """By the dialog on the calendar page, tomorrow at nine."""
    await host.page.goto(f"{host.base}/calendar")
    await host.button("Schedule").click()
    dialog = host.page.get_by_role("dialog", name="Schedule a meeting")
    await dialog.get_by_label("Title").fill(title)
    tomorrow = datetime.now(UTC) + timedelta(days=1)
    await dialog.get_by_label("Starts").fill(f"{tomorrow:%Y-%m-%d}T09:00")
    for label, choice in choices.items():
        await dialog.get_by_label(label.replace("_", " "), exact=True).select_option(label=choice)
    if choices:
        await dialog.get_by_text("The next dates").wait_for()
    await dialog.get_by_label("Password").fill("sesame")
    await dialog.get_by_role("button", name="Schedule meeting").click()
    await dialog.wait_for(state="detached")


async def open_event(person: Person, title: str) -> Locator:
    """Its first date on the page, in the list."""
    await person.page.goto(f"{person.base}/calendar")
    await person.button("Agenda").click()
    nothing = person.page.get_by_text("Nothing planned this month")
    event = person.page.get_by_role("button", name=re.compile(title)).first
    await nothing.or_(event).wait_for()
    if await nothing.is_visible():  # tomorrow is next month
        await person.button("Next month").click()
    await event.click()
    return person.page.get_by_role("dialog")
