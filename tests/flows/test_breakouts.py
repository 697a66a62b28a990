"""Breakout rooms with real media: who is apart neither sees nor hears the other, and all come back."""

import re

from playwright.async_api import expect

from tests.flows.conftest import Arrive
from tests.flows.people import Person, eventually
from tests.flows.test_meeting import three_in_a_meeting


async def _desk(host: Person) -> None:
    """Open the host's dialog by way of the people panel."""
    await host.press("People")
    await host.button("Breakout rooms…").click()
    await host.page.get_by_role("dialog", name="Breakout rooms").wait_for()


async def _make_rooms(host: Person, way: str) -> None:
    await _desk(host)
    await host.page.get_by_label("Rooms", exact=True).fill("2")
    await host.page.get_by_label("Who goes where").select_option(label=way)
    await host.button("Create rooms").click()


async def _put(host: Person, guest: Person, room: str) -> None:
    await host.page.get_by_label(f"Room for {guest.name}").select_option(label=room)
    region = host.page.get_by_role("region", name=room)
    await expect(region.get_by_text(guest.name)).to_be_visible()


async def _together(one: Person, other: Person) -> None:
    await one.sees(other)
    await one.hears(other)


async def test_people_are_moved_apart_spoken_to_and_brought_back(arrive: Arrive) -> None:
    _, ada, bela, cleo = await three_in_a_meeting(arrive)
    await _together(bela, cleo)

    await _make_rooms(ada, "I choose for everybody")
    await _put(ada, bela, "Room 1")
    await _put(ada, cleo, "Room 2")
    await ada.button("Open rooms").click()

    for guest, room in ((bela, "Room 1"), (cleo, "Room 2")):
        await expect(guest.page.get_by_text(f"You are in {room}")).to_be_visible()
    await expect(bela.tile(cleo)).to_have_count(0)
    await expect(cleo.tile(bela)).to_have_count(0)
    await expect(ada.tile(bela)).to_have_count(0)
    await eventually(bela.stats, lambda stats: stats["remote"] == [])

    await ada.button("Join Room 1").click()
    await ada.page.keyboard.press("Escape")
    await _together(ada, bela)
    await _together(bela, ada)

    await ada.button("Breakout rooms…").click()
    await _put(ada, cleo, "Room 1")
    await _together(cleo, bela)
    await ada.page.get_by_label("Message to all rooms").fill("Two minutes left")
    await ada.button("Send").click()
    await expect(bela.page.get_by_text("Ada to all rooms: Two minutes left")).to_be_visible()

    await bela.button("Back to main room").click()
    await expect(bela.tile(cleo)).to_have_count(0)

    await ada.button("Close rooms").click()
    await expect(cleo.page.get_by_role("timer")).to_have_text(re.compile(r"0:\d\d left"))
    await ada.button("Close now").click()
    await ada.page.keyboard.press("Escape")
    for one in (ada, bela, cleo):
        await expect(one.page.get_by_text(re.compile("^You are in Room"))).to_have_count(0)
    await _together(bela, cleo)
    await _together(cleo, ada)


async def test_by_choice_a_countdown_that_ends_brings_everybody_back(arrive: Arrive) -> None:
    _, ada, bela, cleo = await three_in_a_meeting(arrive)
    await _desk(ada)
    await ada.page.get_by_label("Make rooms").select_option(label="By name")
    await ada.page.get_by_label("Room names, one on each line").fill("Design\n\nРазработка")
    await ada.page.get_by_label("Who goes where").select_option(label="Everybody chooses a room")
    await ada.button("Create rooms").click()
    await ada.button("Open rooms").click()
    for guest in (bela, cleo):
        await guest.button("Join Разработка").click()
        await expect(guest.page.get_by_text("You are in Разработка")).to_be_visible()
    await _together(bela, cleo)
    await expect(bela.tile(ada)).to_have_count(0)
    await ada.button("Close rooms").click()
    # Nobody clicks again: half a minute later the rooms close by themselves.
    await expect(bela.page.get_by_text("You are in Разработка")).to_have_count(0, timeout=60_000)
    await _together(bela, ada)


async def _chooses(who: Person, to: str) -> None:
    """What stands in the chooser of the chat."""
    panel = await who.open_panel("Chat")
    await expect(panel.get_by_label("To", exact=True).locator("option:checked")).to_have_text(to)


async def _says(who: Person, words: str, *, to: str | None = None) -> None:
    """To whom it goes by default, or to these. Until the server has it."""
    panel = await who.open_panel("Chat")
    if to is not None:
        await panel.get_by_label("To", exact=True).select_option(label=to)
    await panel.get_by_label("Message", exact=True).fill(words)
    await panel.get_by_role("button", name="Send message").click()
    await who.reads(words)
    await expect(panel.get_by_text("Sending…")).to_have_count(0)


async def test_each_room_has_a_chat_of_its_own(arrive: Arrive) -> None:
    _, ada, bela, cleo = await three_in_a_meeting(arrive)
    await _make_rooms(ada, "I choose for everybody")
    await _put(ada, bela, "Room 1")
    await _put(ada, cleo, "Room 2")
    await ada.button("Open rooms").click()
    for guest, room in ((bela, "Room 1"), (cleo, "Room 2")):
        await _chooses(guest, room)

    await _says(bela, "Only for us")
    await expect((await bela.open_panel("Chat")).get_by_text("In Room 1")).to_be_visible()
    await _says(bela, "For all of you", to="Everyone in the meeting")
    for other in (cleo, ada):
        await other.page.keyboard.press("Escape")
        await other.reads("For all of you")
        await other.has_not_read("Only for us")

    # The host comes in and finds what was said; Cleo, moved there, finds more.
    await ada.open_panel("People")
    await ada.button("Breakout rooms…").click()
    await ada.button("Join Room 1").click()
    await ada.page.keyboard.press("Escape")
    await _chooses(ada, "Room 1")
    await ada.reads("Only for us")
    await _says(ada, "How is it going?")
    await bela.reads("How is it going?")
    await cleo.has_not_read("How is it going?")
    await ada.open_panel("People")
    await ada.button("Breakout rooms…").click()
    await _put(ada, cleo, "Room 1")
    await cleo.reads("Only for us")
    await cleo.reads("How is it going?")
    await _put(ada, cleo, "Room 2")
    await _chooses(cleo, "Room 2")
    await _says(bela, "Without Cleo", to="Room 1")

    await ada.button("Close rooms").click()
    await ada.button("Close now").click()
    await ada.page.keyboard.press("Escape")
    for one in (bela, cleo):
        await _chooses(one, "Everyone")
    await _says(bela, "Here again")
    await cleo.reads("Here again")
    await cleo.has_not_read("Without Cleo")
    await cleo.reads("How is it going?")

    # It is still there for who was there, on a page that has seen nothing of it.
    await ada.join(ada.page.url)
    await ada.reads("Only for us")
    await ada.reads("Without Cleo")
