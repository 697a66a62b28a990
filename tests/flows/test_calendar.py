"""The calendar page: a month and a week by keyboard, pointer and on a phone; a series gets another rule."""

import re
from datetime import UTC, date, datetime, time, timedelta

from playwright.async_api import Locator, expect

from tests.flows.conftest import Api, Arrive, email
from tests.flows.people import Person
from tests.flows.planning import plan


async def test_the_calendar_is_used_by_keyboard_and_on_a_phone(arrive: Arrive) -> None:
    ada = await arrive("Ada", viewport={"width": 360, "height": 740})
    await ada.register(email())
    await plan(ada, "Standup")
    await ada.page.goto(f"{ada.base}/calendar")
    await ada.button("Month").click()
    grid = ada.page.get_by_role("grid")
    today = grid.locator("[aria-current=date]")
    await today.focus()
    await ada.page.keyboard.press("ArrowRight")
    focused = ada.page.locator(":focus")
    tomorrow = datetime.now(UTC) + timedelta(days=1)
    await ada.page.locator(f"[data-day='{tomorrow:%Y-%m-%d}']:focus").wait_for()
    await expect(focused).to_have_accessible_name(re.compile("1 meeting"))
    await ada.page.keyboard.press("Enter")
    dialog = ada.page.get_by_role("dialog", name="Schedule a meeting")
    await expect(dialog.get_by_label("Starts")).to_have_value(f"{tomorrow:%Y-%m-%d}T09:00")
    await ada.page.keyboard.press("Escape")
    await dialog.wait_for(state="detached")
    width = await ada.page.evaluate("document.documentElement.scrollWidth")
    assert width <= 360


def column(person: Person, day: date) -> Locator:
    return person.page.locator(f"[data-column='{day}']")


async def open_week(person: Person, day: date) -> Locator:
    """The column of a day to come, in weeks from Monday on."""
    await person.page.goto(f"{person.base}/calendar")
    await person.button("Week").click()
    await person.page.get_by_role("grid").wait_for()
    today = datetime.now(UTC).date()
    weeks = (day - timedelta(days=day.weekday()) - today + timedelta(days=today.weekday())).days // 7
    for _ in range(weeks):
        await person.button("Next week").click()
    await column(person, day).wait_for()
    return column(person, day)


async def test_the_rule_of_a_series_is_another_from_one_date_on(arrive: Arrive, api: Api) -> None:
    ada = await arrive("Ada", locale="en-GB")
    await ada.register(email())
    await plan(ada, "Standup", Repeats="Every day")
    second = datetime.now(UTC).date() + timedelta(days=2)
    await (await open_week(ada, second)).get_by_role("button", name=re.compile("Standup")).click()
    await ada.button("Change").click()
    dialog = ada.page.get_by_role("dialog", name="Change meeting")
    await dialog.get_by_text("Only the meeting on").wait_for()
    await dialog.get_by_label("This and all following meetings").check()
    await dialog.get_by_text("Now: Every day at 09:00").wait_for()
    await dialog.get_by_label("Repeats").select_option(label=f"Every week on {second:%A}")
    await dialog.get_by_text("give way to those of the new rule").wait_for()
    await dialog.get_by_text(f"Every week on {second:%A} at 09:00").wait_for()

    # What is wrong is said where it is.
    await dialog.get_by_label("Starts").fill("2020-01-01T09:00")
    await dialog.get_by_role("button", name="Save changes").click()
    starts = dialog.get_by_label("Starts")
    await expect(starts).to_be_focused()
    await expect(starts).to_have_accessible_description("Choose a time in the future.")
    await starts.fill(f"{second - timedelta(days=1)}T08:00")
    await dialog.get_by_label("Repeats").select_option(label="Every day")
    await dialog.get_by_text("The next dates").wait_for()
    await dialog.get_by_role("button", name="Save changes").click()
    await dialog.get_by_role("alert").get_by_text("it would come before the one before it").wait_for()

    await starts.fill(f"{second}T11:00")
    await dialog.get_by_label("Repeats").select_option(label=f"Every week on {second:%A}")
    await dialog.get_by_role("button", name="Save changes").click()
    await ada.page.get_by_text("Meeting changed").wait_for()
    token = await ada.access_token()
    _, mine = await api.ask("GET", "/v1/meetings", token=token)
    _, dates = await api.ask("GET", f"/v1/meetings/{mine['items'][0]['id']}/occurrences?limit=3", token=token)
    wanted = [
        datetime.combine(second - timedelta(days=1), time(9)),
        datetime.combine(second, time(11)),
        datetime.combine(second + timedelta(days=7), time(11)),
    ]
    assert [each["start"] for each in dates["items"]] == [f"{each:%Y-%m-%dT%H:%M:%SZ}" for each in wanted]

    # Each date tells the rule that it goes by.
    for day, words in [
        (second - timedelta(days=1), "Every day at 09:00"),
        (second + timedelta(days=7), f"Every week on {second:%A} at 11:00"),
    ]:
        await (await open_week(ada, day)).get_by_role("button", name=re.compile("Standup")).click()
        await ada.button("Change").click()
        await dialog.get_by_label("This and all following meetings").check()
        await expect(dialog.get_by_label("Repeats")).to_have_value("keep")
        await dialog.get_by_text(f"Now: {words}").wait_for()


async def test_a_week_has_meetings_where_the_clock_has_them_also_when_it_is_changed(
    arrive: Arrive, api: Api
) -> None:
    ada = await arrive("Ada", timezone_id="Europe/Berlin", locale="en-GB")
    await ada.register(email())
    token, today = await ada.access_token(), datetime.now(UTC).date()
    # The last Sunday of March: 02:00 to 03:00 is left out.
    changes = [date(year, 3, 31) for year in (today.year, today.year + 1)]
    changes = [last - timedelta(days=(last.weekday() + 1) % 7) for last in changes]
    sunday = next(day for day in changes if day > today + timedelta(days=1))
    midnight = datetime.combine(sunday, time(), UTC)
    for title, start, minutes in [
        ("Late", -120, 120),
        ("Around the change", 30, 60),
        ("Beside it", 45, 30),
        ("At half past two", 90, 30),
    ]:
        begins = midnight + timedelta(minutes=start)
        ends = begins + timedelta(minutes=minutes)
        body = {"type": "scheduled", "title": title}
        body |= {"scheduled_start_time": begins.isoformat(), "scheduled_end_time": ends.isoformat()}
        status, answer = await api.ask("POST", "/v1/meetings", body, token=token)
        assert status == 201, answer

    shown = await open_week(ada, sunday)
    await shown.get_by_role("button", name=re.compile("At half past two")).wait_for()
    assert await drawn(shown) == {
        "Late": (0, 1, 1),
        "Around the change": (1.5, 3.5, 0.5),
        "Beside it": (1.75, 3.25, 0.5),
        "At half past two": (3.5, 4, 1),
    }
    assert await drawn(column(ada, sunday - timedelta(days=1))) == {"Late": (23, 24, 1)}


async def drawn(shown: Locator) -> dict[str, tuple[float, float, float]]:
    """Meetings in a column: their first and last hour, and what part of its width they have."""
    found = await shown.get_by_role("button").evaluate_all(
        """(buttons) => buttons.map((button) => {
            const box = button.getBoundingClientRect(), all = button.parentElement.getBoundingClientRect();
            const hour = (y) => Math.round(96 * (y - all.top) / all.height) / 4;
            const part = Math.round(4 * box.width / all.width) / 4;
            return [button.querySelector("strong").textContent, hour(box.top), hour(box.bottom), part];
        })"""
    )
    return {title: (first, last, part) for title, first, last, part in found}


async def test_the_week_is_used_by_keyboard_by_its_slots_and_a_day_at_a_time(arrive: Arrive) -> None:
    ada = await arrive("Ada", locale="en-GB")
    await ada.register(email())
    await plan(ada, "Standup")
    today = datetime.now(UTC).date()
    tomorrow, later = today + timedelta(days=1), today + timedelta(days=7)
    focused = ada.page.locator(":focus")
    await open_week(ada, today)
    await expect(ada.page.locator("[data-day][aria-current=date]")).to_have_attribute("data-day", f"{today}")
    await ada.page.locator(f"[data-day='{today}']").focus()
    await ada.page.keyboard.press("ArrowRight")
    await ada.page.locator(f"[data-day='{tomorrow}']:focus").wait_for()
    await expect(focused).to_have_accessible_name(re.compile("1 meeting"))
    await ada.page.keyboard.press("ArrowDown")
    await expect(focused).to_have_accessible_name("Standup 09:00–09:30")
    await ada.page.keyboard.press("Enter")
    dialog = ada.page.get_by_role("dialog", name="Standup")
    await dialog.wait_for()
    await ada.page.keyboard.press("Escape")
    await expect(focused).to_have_accessible_name("Standup 09:00–09:30")
    await ada.page.keyboard.press("t")
    await ada.page.locator(f"[data-day='{today}']:focus").wait_for()
    await ada.page.keyboard.press("PageDown")
    await ada.page.locator(f"[data-day='{later}']:focus").wait_for()

    box = await column(ada, later).bounding_box()
    assert box is not None
    await column(ada, later).click(position={"x": 20, "y": box["height"] * 10.7 / 24})
    dialog = ada.page.get_by_role("dialog", name="Schedule a meeting")
    await expect(dialog.get_by_label("Starts")).to_have_value(f"{later}T10:30")
    await ada.page.keyboard.press("Escape")
    await dialog.wait_for(state="detached")

    await ada.page.set_viewport_size({"width": 360, "height": 740})
    await ada.page.reload()
    await column(ada, today).wait_for()  # the view is remembered
    visible = ada.page.locator("[data-column]:visible")
    await expect(visible).to_have_count(1)
    await expect(visible).to_have_attribute("data-column", f"{today}")
    other = today + timedelta(days=1 if today.weekday() < 6 else -1)
    await ada.page.locator(f"[data-day='{other}']").click()
    await expect(visible).to_have_attribute("data-column", f"{other}")
    assert await ada.page.evaluate("document.documentElement.scrollWidth") <= 360
