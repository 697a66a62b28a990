"""Calls in real browsers: rung, answered, seen and heard; declined, missed, several, and the network gone."""

import asyncio
import contextlib
import re
from collections.abc import AsyncIterator, Callable
from typing import Any

from playwright.async_api import Browser, Locator, expect

from tests.flows.chatting import Chatter, registered
from tests.flows.conftest import Arrive
from tests.flows.people import PATIENCE_SECONDS, eventually

Rows = Callable[..., list[dict[str, Any]]]
# Looks at every change of the page: what is shown for a moment might pass between two looks from outside.
LISTEN = """
(words) => {
  window.said = new Promise((said) => {
    const look = () =>
      document.querySelector("[role=dialog][aria-label='In a call']")?.textContent.includes(words) && said();
    const all = { subtree: true, childList: true, characterData: true };
    new MutationObserver(look).observe(document.body, all);
  });
}
"""


class Caller(Chatter):
    """A person with chats who calls and is called."""

    @property
    def incoming(self) -> Locator:
        return self.page.get_by_role("alertdialog")

    @property
    def call(self) -> Locator:
        """The layer of the call, in whatever state it is."""
        return self.page.get_by_role("dialog", name="In a call")

    async def dial(self, how: str = "Call") -> None:
        """From the conversation that is open."""
        await self.page.locator(".conversation-head").get_by_role("button", name=how, exact=True).click()
        await self.call.wait_for()

    async def rung_by(self, other: "Caller") -> None:
        await expect(self.incoming).to_contain_text(other.name)

    async def answer(self, how: str = "Answer") -> None:
        await self.incoming.get_by_role("button", name=how, exact=True).click()

    async def talks(self) -> None:
        await self.person.toolbar.wait_for()

    async def minimise(self) -> None:
        await self.call.get_by_role("button", name="Make the call small", exact=True).click()

    async def hang_up(self) -> None:
        await self.call.get_by_role("button", name="Leave the call", exact=True).click()

    async def told(self, words: str) -> None:
        await expect(self.call).to_contain_text(words)

    @contextlib.asynccontextmanager
    async def told_in_passing(self, words: str) -> AsyncIterator[None]:
        """By what is done inside: it goes away by itself."""
        await self.page.evaluate(LISTEN, words)
        yield
        await asyncio.wait_for(self.page.evaluate("() => window.said"), PATIENCE_SECONDS)


async def callers(arrive: Arrive, *names: str) -> list[Caller]:
    people = await registered(arrive, *names)
    made = []
    for one in people:
        caller = Caller(one.person)
        caller.__dict__.update(one.__dict__)
        made.append(caller)
    return made


async def test_two_see_and_hear_each_other_and_the_other_device_stops_ringing(
    arrive: Arrive, browser: Browser, rows: Rows
) -> None:
    ada, bela = await callers(arrive, "Ada", "Bela")
    phone = Caller((await bela.another_device(browser)).person)
    await ada.write_to(bela)
    await ada.say("May I call?")
    await ada.dial("Video call")
    await ada.told("Ringing…")
    for device in (bela, phone):
        await device.rung_by(ada)
    await bela.answer("Answer with video")
    await expect(phone.incoming).to_have_count(0)
    for person in (ada, bela):
        await person.talks()
    await ada.person.sees(bela.person)
    await bela.person.sees(ada.person)
    await ada.person.hears(bela.person)
    await bela.person.hears(ada.person)
    assert (await ada.person.stats())["stage"] == "in"

    await bela.minimise()
    await bela.open("Ada")
    await expect(bela.log.locator("[data-call-status=answered]")).to_be_visible()
    await bela.person.hears(ada.person)
    await bela.page.get_by_role("button", name="Back to the call").click()
    await bela.talks()

    async with bela.told_in_passing("Call ended"):
        await ada.hang_up()
    await expect(bela.call).to_have_count(0)
    await expect(ada.call).to_have_count(0)
    message = ada.log.locator("[data-call-status=ended]")
    await expect(message).to_contain_text(re.compile(r"Video call\s*0:\d\d"))
    [call] = rows("SELECT status, end_reason, media_type FROM calls WHERE chat_id = %s", _chat(ada))
    assert call == {"status": "ended", "end_reason": "hangup", "media_type": "video"}
    await phone.person.go_home()


async def test_declined_missed_and_called_back_from_the_history(arrive: Arrive) -> None:
    ada, bela = await callers(arrive, "Ada", "Bela")
    await ada.write_to(bela)
    await ada.say("Hello")
    await ada.dial()
    await bela.rung_by(ada)
    # By the keyboard alone.
    await bela.page.keyboard.press("Alt+Shift+KeyD")
    await ada.told("They declined")
    await ada.call.get_by_role("button", name="Call again").click()
    await bela.rung_by(ada)
    await ada.call.get_by_role("button", name="Cancel the call").click()
    await expect(bela.incoming).to_have_count(0)
    await expect(bela.page.get_by_role("link", name="Calls, 1 new")).to_be_visible()

    await bela.page.get_by_role("navigation", name="Main").get_by_role("link", name="Calls").click()
    listed = bela.page.get_by_role("list", name="Calls")
    await expect(listed.get_by_role("listitem")).to_have_count(2)
    await bela.page.get_by_role("button", name="Missed", exact=True).click()
    await expect(listed.get_by_role("listitem")).to_have_count(1)
    await listed.get_by_role("button", name="Call Ada", exact=True).click()
    await ada.rung_by(bela)
    await ada.answer()
    for person in (ada, bela):
        await person.talks()
    await ada.person.hears(bela.person)
    async with bela.told_in_passing("Call ended"):
        await ada.hang_up()


async def test_a_third_is_added_and_the_call_goes_on_without_the_first(arrive: Arrive) -> None:
    ada, bela, cyd = await callers(arrive, "Ada", "Bela", "Cyd")
    # Whom one adds, one knows: a chat with each.
    await ada.write_to(cyd)
    await ada.say("Hi Cyd")
    await ada.write_to(bela)
    await ada.say("Hi Bela")
    await ada.dial("Video call")
    await bela.answer("Answer with video")
    await ada.talks()
    await ada.call.get_by_role("button", name="Add people").click()
    field = ada.page.get_by_role("dialog", name="Add people to the call").get_by_role("combobox")
    await field.fill(cyd.person.email)
    await ada.page.get_by_role("option", name="Cyd").wait_for()
    await field.press("Enter")
    await ada.page.get_by_role("button", name="Ring them").click()
    await cyd.rung_by(ada)
    await cyd.answer("Answer with video")
    await cyd.talks()
    await cyd.person.sees(bela.person)
    await bela.person.sees(cyd.person)
    await ada.hang_up()
    await expect(bela.person.tile(ada.person)).to_have_count(0)
    await cyd.person.hears(bela.person)
    await bela.hang_up()
    await expect(cyd.call).to_contain_text("Nobody else is here")
    await cyd.hang_up()


async def test_what_nobody_answers_stops_ringing_by_itself(arrive: Arrive) -> None:
    ada, bela = await callers(arrive, "Ada", "Bela")
    await ada.write_to(bela)
    await ada.say("Anybody?")
    await ada.dial()
    await bela.rung_by(ada)
    # 45 seconds, and the queue's own delay.
    await expect(ada.call).to_contain_text("No answer", timeout=(45 + PATIENCE_SECONDS) * 1000)
    await expect(bela.incoming).to_have_count(0)
    await bela.open("Ada")
    missed = bela.log.locator("[data-call-status=missed]")
    await expect(missed).to_contain_text("Missed call")
    await missed.get_by_role("button", name="Call back").click()
    await ada.rung_by(bela)
    await ada.incoming.get_by_role("button", name="Decline").click()
    await bela.told("They declined")


async def test_who_loses_the_network_for_good_ends_the_call_for_the_other(arrive: Arrive, rows: Rows) -> None:
    ada, bela = await callers(arrive, "Ada", "Bela")
    await ada.write_to(bela)
    await ada.say("Still there?")
    await ada.dial()
    await bela.answer()
    await ada.talks()
    await ada.person.hears(bela.person)
    await bela.lose_the_network()

    async def ended() -> list[dict[str, Any]]:
        return rows("SELECT end_reason FROM calls WHERE chat_id = %s AND ended_at IS NOT NULL", _chat(ada))

    # Three missed pings of ten seconds, or the half minute in which one may come back.
    found = await eventually(ended, bool, seconds=60 + PATIENCE_SECONDS)
    assert found == [{"end_reason": "connection_lost"}]
    await ada.told("The connection was lost")


async def test_who_reloads_the_page_comes_back_into_the_call(arrive: Arrive) -> None:
    ada, bela, cyd = await callers(arrive, "Ada", "Bela", "Cyd")
    await ada.found("Team", bela, cyd)
    await ada.dial()
    await cyd.incoming.get_by_role("button", name="Decline").click()
    await bela.answer()
    await ada.talks()
    await bela.minimise()
    await bela.open("Team")
    await bela.page.reload()
    join = bela.log.get_by_role("button", name="Join", exact=True)
    await join.click()
    await bela.talks()
    await bela.person.hears(ada.person)
    # Who has not taken it comes later.
    await cyd.open("Team")
    await cyd.log.get_by_role("button", name="Join", exact=True).click()
    await cyd.talks()
    await cyd.person.hears(ada.person)
    for person in (ada, bela, cyd):
        await person.hang_up()


async def test_who_is_taken_out_of_the_group_is_taken_out_of_its_call(arrive: Arrive) -> None:
    ada, bela, cyd = await callers(arrive, "Ada", "Bela", "Cyd")
    await ada.found("Team", bela, cyd)
    await ada.dial()
    await cyd.rung_by(ada)
    await bela.answer()
    for person in (ada, bela):
        await person.talks()
    await bela.person.hears(ada.person)
    await ada.minimise()
    await ada.person.button("Details").click()
    await _remove(ada, "Cyd")
    await expect(cyd.incoming).to_have_count(0)
    await _remove(ada, "Bela")
    await bela.told("You are no longer in this group")
    await expect(bela.call.get_by_role("button", name="Call again")).to_have_count(0)
    await bela.call.get_by_role("button", name="Close").click()
    await expect(bela.call).to_have_count(0)
    await ada.page.get_by_role("button", name="Back to the call").click()
    await expect(ada.person.tile(bela.person)).to_have_count(0)
    await ada.hang_up()


async def _remove(admin: Caller, name: str) -> None:
    """From the group whose details are open."""
    details = admin.page.get_by_role("complementary", name="Details")
    await details.get_by_role("button", name=f"Actions for {name}").click()
    await admin.page.get_by_role("menuitem", name="Remove from group").click()
    sure = admin.page.get_by_role("dialog", name=f"Remove {name}?")
    await sure.get_by_role("button", name=re.compile("Remove")).click()
    await expect(sure).to_have_count(0)


def _chat(one: Caller) -> str:
    return one.page.url.rstrip("/").rpartition("/")[2]
