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
