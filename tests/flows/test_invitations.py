"""Plan a weekly meeting, invite by mail, account and link, answer, change one date, and come in."""

import re
from typing import Any
from urllib.parse import urlsplit

import vobject
from playwright.async_api import expect

from local.stack import Stack
from tests.flows.conftest import Api, Arrive, email
from tests.flows.people import eventually
from tests.flows.planning import open_event, plan


async def letters(api: Api, to: str) -> list[dict[str, Any]]:
    """What somebody has in their mailbox, newest first."""
    _, found = await api.ask("GET", f"/local/mail?to={to}")
    items: list[dict[str, Any]] = found["items"]
    return items


def event_of(letter: dict[str, Any]) -> Any:
    [file] = [each for each in letter["attachments"] if each["name"] == "invite.ics"]
    return vobject.readOne(file["content"]).vevent


async def test_a_guest_invited_by_mail_answers_and_comes_in_without_the_password(
    arrive: Arrive, api: Api, stack: Stack
) -> None:
    ada, cy = await arrive("Ada"), await arrive("Cy")
    address = f"cy-{email()}"
    await ada.register(email())
    await plan(ada, "Weekly planning", Repeats="Every day", Ends="After a number of meetings")
    dialog = await open_event(ada, "Weekly planning")
    await dialog.get_by_role("button", name="Invite people").click()
    await ada.page.get_by_label("Email addresses").fill(f"Cy <{address}>")
    await ada.button("Send invitations").click()
    await ada.page.get_by_text("1 invitation on the way").wait_for()
    await ada.page.get_by_text("No answer yet").wait_for()

    await stack.fire("functions.jobs.send_invitations")
    [letter] = await eventually(lambda: letters(api, address), lambda found: len(found) == 1)
    assert letter["subject"] == "Invitation: Weekly planning"
    assert event_of(letter).rrule.value == "FREQ=DAILY;COUNT=10"
    link = re.search(r"https?://\S+/i/inv_[\w-]{43}", letter["text"])
    assert link

    await cy.page.goto(f"{cy.base}{urlsplit(link[0]).path}")
    await cy.page.get_by_role("heading", name="Weekly planning").wait_for()
    await cy.page.get_by_text("Ada invites you to a meeting").wait_for()
    await cy.button("Accept").click()
    await cy.page.get_by_text("You accepted.").wait_for()
    async with cy.page.expect_download() as started:
        await cy.page.get_by_role("link", name="Add to calendar").click()
    file = await (await started.value).path()
    assert vobject.readOne(file.read_text()).vevent.summary.value == "Weekly planning"
    await cy.button("Join the meeting").click()
    await cy.page.get_by_label("Your name").fill("Cy")
    await expect(cy.page.get_by_label("Meeting password")).to_have_count(0)
    await cy.button("Join now").click()
    await cy.page.get_by_role("button", name="Leave").first.wait_for()
    assert "inv_" not in cy.page.url


async def test_a_user_accepts_sees_one_date_moved_and_another_cancelled(
    arrive: Arrive, api: Api, stack: Stack
) -> None:
    ada, bob = await arrive("Ada"), await arrive("Bob")
    await ada.register(email())
    await bob.register(email())
    await plan(ada, "Standup", Repeats="Every day")
    token, other = await ada.access_token(), await bob.access_token()
    _, mine = await api.ask("GET", "/v1/meetings", token=token)
    _, me = await api.ask("GET", "/v1/me", token=other)
    path = f"/v1/meetings/{mine['items'][0]['id']}"
    status, _ = await api.ask("POST", f"{path}/invitations", {"user_ids": [me["id"]]}, token=token)
    assert status == 201

    await bob.page.goto(f"{bob.base}/calendar")
    await bob.page.get_by_role("button", name="Accept: Standup").click()
    await bob.page.get_by_text("You accepted").wait_for()
    await stack.fire("functions.jobs.send_invitations")
    await eventually(lambda: letters(api, bob.email), lambda found: len(found) == 1)

    dialog = await open_event(ada, "Standup")
    await dialog.get_by_role("button", name="Change").click()
    await ada.page.get_by_label("This meeting only").check()
    await ada.page.get_by_label("Title").fill("Standup with cake")
    await ada.button("Save changes").click()
    await ada.page.get_by_text("Meeting changed").wait_for()
    await ada.page.get_by_role("button", name=re.compile("Standup with cake")).wait_for()
    dialog = await open_event(ada, "Standup with cake")
    await dialog.get_by_role("button", name="Cancel meeting").click()
    await ada.page.get_by_label("This and all following meetings").check()
    await ada.page.get_by_role("dialog").get_by_role("button", name="Cancel meeting").click()
    await ada.page.get_by_text("Meeting cancelled").wait_for()
    _, after = await api.ask("GET", path, token=token)
    assert after["status"] == "cancelled"


async def test_a_link_is_made_copied_used_and_taken_back(arrive: Arrive, api: Api) -> None:
    ada, gus = await arrive("Ada"), await arrive("Gus")
    await ada.register(email())
    await plan(ada, "Open hour")
    dialog = await open_event(ada, "Open hour")
    await dialog.get_by_role("button", name="Invite people").click()
    await ada.page.get_by_label("How often it can be used").select_option(label="1 time")
    await ada.button("Make a link").click()
    await ada.page.get_by_text("Link copied").wait_for()
    link = await ada.page.evaluate("navigator.clipboard.readText()")
    await gus.page.goto(link)
    await gus.button("Join the meeting").click()
    await gus.page.get_by_label("Your name").fill("Gus")
    await gus.button("Join now").click()
    await gus.page.get_by_role("button", name="Leave").first.wait_for()

    await ada.page.get_by_role("button", name="Invitation of Link").click()
    await ada.page.get_by_role("menuitem", name="Take back").click()
    await ada.page.get_by_text("Invitation taken back").wait_for()
    await gus.page.goto(link)
    await gus.page.get_by_text("This invitation was taken back").wait_for()
