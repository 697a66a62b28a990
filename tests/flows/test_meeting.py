"""Three people meet: they see, hear and read each other, and it ends when the last one leaves."""

import asyncio
import re
from collections.abc import Callable
from typing import Any

from playwright.async_api import expect

from local.stack import Stack
from tests.flows.conftest import Api, Arrive, email
from tests.flows.people import Person, eventually

Rows = Callable[..., list[dict[str, Any]]]


async def three_in_a_meeting(arrive: Arrive) -> tuple[str, Person, Person, Person]:
    """Ada hosts by one click; Bela and Cleo come as guests by her link."""
    ada, bela, cleo = await arrive("Ada"), await arrive("Bela"), await arrive("Cleo")
    await ada.register(email())
    link = await ada.start_meeting()
    await asyncio.gather(bela.join(link), cleo.join(link))
    return link, ada, bela, cleo


async def test_each_of_three_decodes_the_others_and_the_last_one_leaving_ends_the_meeting(
    arrive: Arrive, rows: Rows
) -> None:
    link, *people = await three_in_a_meeting(arrive)
    ada, bela, cleo = people

    for one in people:
        for other in people:
            if one is not other:
                await one.sees(other)
                await one.hears(other)

    await bela.press("Mute microphone")
    for one in (ada, cleo):
        await expect(one.tile(bela)).to_have_attribute("aria-label", re.compile("Muted"))
        await one.hears_nothing_new(bela)
    await bela.press("Unmute microphone")
    await expect(ada.tile(bela)).not_to_have_attribute("aria-label", re.compile("Muted"))
    await ada.hears(bela)

    await cleo.press("Share screen")
    for one in (ada, bela):
        await one.screen(cleo).wait_for()
        await one.sees(cleo, "screen")
    await cleo.press("Stop sharing")
    for one in (ada, bela):
        await expect(one.screen(cleo)).to_have_count(0)
        await one.sees(cleo)

    await bela.press("Raise hand")
    await expect(ada.tile(bela)).to_have_attribute("aria-label", re.compile("Hand raised"))

    await bela.leave()
    await expect(ada.tile(bela)).to_have_count(0)
    await cleo.leave()
    await ada.leave()
    code = link.rpartition("/")[2]
    meeting = (
        await eventually(
            lambda: asyncio.to_thread(
                rows,
                "SELECT m.* FROM meetings m JOIN meeting_codes c USING (meeting_id) WHERE c.code = %s",
                code,
            ),
            lambda found: found[0]["status"] == "ended",
        )
    )[0]
    took = (meeting["actual_end_time"] - meeting["actual_start_time"]).total_seconds()
    assert abs(meeting["duration_seconds"] - took) <= 1
    stayed = rows("SELECT * FROM meeting_participants WHERE meeting_id = %s", meeting["meeting_id"])
    assert [p["status"] for p in stayed] == ["left"] * 3
    assert {p["leave_reason"] for p in stayed} == {"voluntary"}
    for row in stayed:
        assert abs(row["total_duration_seconds"] - (row["left_at"] - row["joined_at"]).total_seconds()) <= 1


async def test_chat_reaches_all_and_a_private_message_one_only(arrive: Arrive) -> None:
    link, ada, bela, cleo = await three_in_a_meeting(arrive)
    await ada.say("Hello to all")
    for one in (ada, bela, cleo):
        await one.reads("Hello to all")
    await bela.say("Only for Ada", to=ada)
    await ada.reads("Only for Ada")
    await bela.reads("Only for Ada")
    # Something later that everybody gets: by then a message that went astray would have arrived.
    await ada.say("And this again to all")
    await cleo.reads("And this again to all")
    await cleo.has_not_read("Only for Ada")
    await cleo.leave()
    await cleo.join(link)
    await cleo.reads("Hello to all")
    await cleo.has_not_read("Only for Ada")


async def test_the_waiting_room_holds_people_until_the_host_admits_them(arrive: Arrive, api: Api) -> None:
    ada, bela, cleo = await arrive("Ada"), await arrive("Bela"), await arrive("Cleo")
    await ada.register(email())
    meeting = await api.meeting(await ada.access_token(), waiting_room=True)
    link = f"{ada.base}/m/{meeting['code']}"
    await ada.join(link)
    await bela.ask_to_join(link)
    await cleo.ask_to_join(link)

    people = await ada.open_panel("People")
    await people.get_by_role("button", name="Admit Bela").click()
    await bela.in_meeting()
    await bela.sees(ada)
    await people.get_by_role("button", name="Deny Cleo").click()
    await cleo.page.get_by_role("heading", name="You were not let in").wait_for()

    # The one who was turned away gets no further by asking again: she waits again.
    await cleo.button("Ask again").click()
    await cleo.ask_to_join(link)
    await expect(people.get_by_role("button", name="Admit Cleo")).to_be_visible()


async def test_somebody_removed_comes_back_only_when_admitted(arrive: Arrive) -> None:
    link, ada, bela, cleo = await three_in_a_meeting(arrive)
    await ada.act_on(bela, "Remove")
    await ada.page.get_by_role("dialog").get_by_role("button", name="Remove").click()
    await bela.page.get_by_role("heading", name="You were removed from the meeting").wait_for()
    for one in (ada, cleo):
        await expect(one.tile(bela)).to_have_count(0)
    # She looks no different from any other guest, so from now on every guest waits.
    await bela.open(link)
    await bela.page.get_by_role("button", name=re.compile("^(Join now|Ask to join)$")).click()
    await bela.page.get_by_role("heading", name="Waiting to be let in").wait_for()
    people = await ada.open_panel("People")
    await people.get_by_role("button", name="Admit Bela").click()
    await bela.in_meeting()
    await cleo.sees(bela)


async def test_host_mutes_renames_promotes_and_ends_for_all(arrive: Arrive) -> None:
    _, ada, bela, cleo = await three_in_a_meeting(arrive)
    await ada.act_on(bela, "Mute")
    await expect(bela.toolbar.get_by_role("button", name="Unmute microphone")).to_be_visible()
    await expect(cleo.tile(bela)).to_have_attribute("aria-label", re.compile("Muted"))
    await cleo.hears_nothing_new(bela)
    await bela.press("Unmute microphone")
    await cleo.hears(bela)

    await ada.act_on(bela, "Make co-host")
    people = await bela.open_panel("People")
    await people.get_by_role("switch", name="Lock meeting").click(force=True)
    await expect(ada.page.get_by_role("img", name="Locked")).to_be_visible()

    await ada.press("Leave")
    await ada.page.get_by_role("dialog").get_by_role("button", name="End for all").click()
    for one in (bela, cleo):
        await one.page.get_by_role("heading", name="This meeting has ended").wait_for()


async def test_a_cut_socket_is_back_within_ten_seconds_and_nothing_was_missed(
    arrive: Arrive, stack: Stack
) -> None:
    _, ada, bela, cleo = await three_in_a_meeting(arrive)
    before = set(stack.gateway.sockets.ids())
    stack.gateway.sockets.drop_all()

    async def fresh() -> int:
        return len(set(stack.gateway.sockets.ids()) - before)

    async def states() -> list[str]:
        return [(await one.stats())["socket"] for one in (ada, bela, cleo)]

    async def all_are_back() -> None:
        await eventually(fresh, lambda count: count == 3, seconds=10)
        await eventually(states, lambda found: found == ["open"] * 3)

    await asyncio.gather(all_are_back(), ada.say("Sent while others were away"))
    for one in (ada, bela, cleo):
        await one.reads("Sent while others were away")
    await bela.sees(ada)
    await expect(ada.tile(bela)).to_have_count(1)
    await expect(ada.tile(cleo)).to_have_count(1)


async def test_media_goes_on_across_an_ice_restart(arrive: Arrive) -> None:
    _, ada, bela, cleo = await three_in_a_meeting(arrive)
    await bela.sees(ada)
    freezes = (await bela.stream(ada, "camera") or {})["freezeCount"]
    for one in (ada, bela):
        await one.page.evaluate("() => window.convoke.restartMedia()")
    await eventually(ada.stats, lambda stats: stats["media"] == "live", seconds=10)
    for one, other in ((bela, ada), (ada, bela), (cleo, ada)):
        await one.sees(other)
        await one.hears(other)
    assert (await bela.stream(ada, "camera") or {})["freezeCount"] - freezes <= 1
