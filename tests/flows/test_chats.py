"""Chats in real browsers: two people, groups, several devices, an absence, the keyboard alone, a phone."""

import re

from playwright.async_api import Browser, expect

from tests.flows.chatting import Chatter, registered
from tests.flows.conftest import Arrive, email
from tests.flows.people import Person, eventually

PHONE = {"viewport": {"width": 360, "height": 740}, "has_touch": True, "is_mobile": True}


async def test_what_two_people_write_is_on_all_their_devices(arrive: Arrive, browser: Browser) -> None:
    ada, bela = await registered(arrive, "Ada", "Bela")
    phone = await ada.another_device(browser)
    await ada.write_to(bela)
    await ada.say("Are you there?")
    await ada.see_state("Are you there?", "Sent")

    await expect(bela.page.get_by_role("link", name="Chats, 1 new")).to_be_visible()
    await bela.row("Ada", unread=1).click()
    await bela.reads("Are you there?")
    await expect(bela.row("Ada")).to_be_visible()
    await phone.open("Bela")
    for device in (ada, phone):
        await device.see_state("Are you there?", "Read")

    await bela.say("Yes, at https://example.org/office")
    await expect(bela.page.get_by_role("link", name="https://example.org/office")).to_be_visible()
    for device in (ada, phone):
        await device.reads("Are you there?", "Yes, at https://example.org/office")
    await phone.say("Then I come over")
    for device in (ada, bela):
        await device.reads("Are you there?", "Yes, at https://example.org/office", "Then I come over")
    await phone.person.go_home()


async def test_a_message_is_answered_reworded_reacted_to_and_deleted(arrive: Arrive) -> None:
    ada, bela = await registered(arrive, "Ada", "Bela")
    await ada.write_to(bela)
    await ada.say("Lunch at noon?")
    await bela.open("Ada")

    await bela.act_on("Lunch at noon?", "React with 👍")
    await expect(ada.reaction("Lunch at noon?", "👍")).to_have_attribute("aria-pressed", "false")
    await ada.reaction("Lunch at noon?", "👍").click()
    await expect(bela.reaction("Lunch at noon?", "👍")).to_have_text("👍 2")
    await bela.reaction("Lunch at noon?", "👍").click()
    await expect(ada.reaction("Lunch at noon?", "👍")).to_have_text("👍 1")

    await bela.act_on("Lunch at noon?", "Reply to Ada")
    await bela.say("Rather at one")
    quote = ada.message("Rather at one").get_by_role("button", name="Go to the message of Ada")
    await expect(quote).to_contain_text("Lunch at noon?")
    await quote.click()
    await expect(ada.message("Lunch at noon?")).to_be_focused()

    await ada.reword("Lunch at noon?", "Lunch at one?")
    await expect(bela.message("Lunch at one?")).to_contain_text("edited")
    await expect(bela.message("Rather at one")).to_contain_text("Lunch at one?")

    await ada.act_on("Lunch at one?", "Delete")
    await (
        ada.page.get_by_role("dialog", name="Delete this message?")
        .get_by_role("button", name="Delete")
        .click()
    )
    await expect(bela.message("Message deleted")).to_be_visible()
    await expect(bela.log.get_by_text("Lunch at one?")).to_have_count(0)


async def test_a_group_is_founded_led_and_left(arrive: Arrive) -> None:
    ada, bela, cleo = await registered(arrive, "Ada", "Bela", "Cleo")
    await ada.found("Weekend", bela, cleo)
    await ada.say("Who is in?")
    for other in (bela, cleo):
        await other.open("Weekend")
        await other.reads("Who is in?")
    await ada.see_state("Who is in?", "Read")
    await ada.act_on("Who is in?", "Read by")
    readers = ada.page.get_by_role("dialog", name="Read by").get_by_role("listitem")
    await expect(readers).to_have_count(2)
    await ada.page.get_by_role("dialog").get_by_role("button", name="Close").click()

    await ada.person.button("Details").click()
    details = ada.page.get_by_role("complementary", name="Details")
    await details.get_by_role("button", name="Rename group").click()
    await ada.page.get_by_label("Group name").fill("Long weekend")
    await ada.person.button("Save").click()
    await expect(bela.row("Long weekend")).to_be_visible()

    await details.get_by_role("button", name="Actions for Bela").click()
    await ada.page.get_by_role("menuitem", name="Make admin").click()
    await expect(details.get_by_role("listitem").filter(has_text="Bela")).to_contain_text("Admin")
    await details.get_by_role("button", name="Actions for Cleo").click()
    await ada.page.get_by_role("menuitem", name="Remove from group").click()
    sure = ada.page.get_by_role("dialog", name="Remove Cleo?")
    await sure.get_by_role("button", name=re.compile("Remove")).click()
    await expect(sure).to_have_count(0)
    await expect(cleo.page.get_by_text("You are no longer in this group.")).to_be_visible()
    await ada.say("Just the two of us")
    await bela.reads("Who is in?", "Just the two of us")
    await expect(cleo.message("Just the two of us")).to_have_count(0)

    await bela.person.button("Details").click()
    await bela.person.button("Leave group").click()
    await bela.page.get_by_role("dialog").get_by_role("button", name="Leave group").click()
    await expect(details.get_by_role("listitem")).to_have_count(1)


async def test_who_was_away_has_everything_once_afterwards(arrive: Arrive) -> None:
    ada, bela = await registered(arrive, "Ada", "Bela")
    await ada.write_to(bela)
    await ada.say("One")
    await bela.open("Ada")
    await bela.reads("One")

    await bela.lose_the_network()
    await ada.say("Two")
    await ada.reword("One", "One, again")
    await ada.act_on("Two", "React with 🎉")
    await bela.say("Written on the train")
    await expect(bela.log.get_by_text("Sending…")).to_be_visible()
    await expect(ada.message("Written on the train")).to_have_count(0)

    await bela.find_the_network()
    for one in (ada, bela):
        await one.reads("One, again", "Two", "Written on the train")
    await expect(bela.reaction("Two", "🎉")).to_have_text("🎉 1")
    await ada.see_state("Two", "Read")
    await expect(bela.log.get_by_text("Sending…")).to_have_count(0)


async def test_by_keyboard_alone(arrive: Arrive) -> None:
    ada, bela = await registered(arrive, "Ada", "Bela")
    await bela.write_to(ada)
    await bela.say("Keys only, please")
    await ada.row("Bela", unread=1).focus()
    await ada.page.keyboard.press("Enter")
    await expect(ada.composer).to_be_focused()
    await back_to_the_log(ada)
    await ada.page.keyboard.press("ArrowUp")
    await expect(ada.message("Keys only, please")).to_be_focused()
    await ada.page.keyboard.press("r")
    await ada.page.keyboard.type("Gladly")
    await ada.page.keyboard.press("Enter")
    await bela.reads("Keys only, please", "Gladly")

    # Others may have it a moment before one's own page knows that it was taken.
    await expect(ada.message("Gladly").get_by_role("img", name=re.compile("^(Sent|Read)"))).to_be_visible()
    await ada.page.keyboard.press("ArrowUp")
    await ada.page.keyboard.type(" so")
    await ada.page.keyboard.press("Enter")
    await bela.reads("Gladly so")

    await back_to_the_log(ada)
    await ada.page.keyboard.press("ArrowUp")
    await ada.page.keyboard.press("ArrowUp")
    await ada.page.keyboard.press("Enter")
    await expect(ada.page.get_by_role("button", name="React with 👍")).to_be_focused()
    await ada.page.keyboard.press("ArrowRight")
    await ada.page.keyboard.press("Enter")
    await expect(bela.reaction("Keys only, please", "❤️")).to_have_text("❤️ 1")

    await ada.message("Gladly so").focus()
    await ada.page.keyboard.press("Enter")
    await ada.page.get_by_role("button", name="Read by", exact=True).press("Enter")
    await ada.page.get_by_role("dialog", name="Read by").get_by_text("Bela").wait_for()
    await ada.page.keyboard.press("Escape")
    await expect(ada.message("Gladly so")).to_be_focused()

    # The second time the chat is there at once; the key that opens it is not typed into it.
    await ada.page.get_by_role("navigation", name="Main").get_by_role("link", name="Chats").press("Enter")
    await ada.row("Bela").press("Enter")
    await expect(ada.composer).to_be_focused()
    await expect(ada.composer).to_have_value("")


async def back_to_the_log(chatter: Chatter) -> None:
    """From the field, past what files are attached with."""
    for _ in range(3):
        await chatter.page.keyboard.press("Shift+Tab")
        if await chatter.log.evaluate("log => log === document.activeElement"):
            return
    await expect(chatter.log).to_be_focused()


async def test_on_a_phone_there_is_one_pane_at_a_time(arrive: Arrive) -> None:
    (ada,) = await registered(arrive, "Ada")
    (bela,) = await registered(arrive, "Bela", **PHONE)
    await ada.write_to(bela)
    await ada.say("Does it fit? " + "averylongwordwithoutanyspace" * 8)
    await fits(bela.person)
    await expect(bela.page.get_by_role("navigation", name="Main")).to_be_in_viewport()
    await bela.row("Ada", unread=1).tap()
    await expect(bela.list).to_be_hidden()
    await bela.composer.fill("It does")
    await bela.person.button("Send message").tap()
    await ada.message("It does").wait_for()
    await fits(bela.person)
    await bela.page.get_by_role("link", name="Back to chats").tap()
    await expect(bela.list).to_be_visible()
    await fits(bela.person)


async def fits(person: Person) -> None:
    wide = "() => document.scrollingElement.scrollWidth - innerWidth"
    assert await person.page.evaluate(wide) <= 0


async def test_beside_a_meeting_messages_can_do_the_same(arrive: Arrive) -> None:
    ada, gus = await arrive("Ada"), await arrive("Gus")
    await ada.register(email())
    link = await ada.start_meeting()
    await gus.join(link)
    await ada.say("Slides are up")
    await gus.reads("Slides are up")
    host, guest = Chatter(ada), Chatter(gus)
    await guest.act_on("Slides are up", "React with 👍")
    await expect(host.reaction("Slides are up", "👍")).to_have_text("👍 1")
    await expect(host.reaction("Slides are up", "👍")).to_have_accessible_name("👍 1: Gus")
    await guest.act_on("Slides are up", "Reply to Ada")
    await guest.say("Thank you")
    await expect(host.message("Thank you")).to_contain_text("Slides are up")
    await guest.reword("Thank you", "Thanks")
    await expect(host.message("Thanks")).to_contain_text("edited")
    # Who leads the meeting may take out what others wrote.
    await host.act_on("Thanks", "Delete")
    await ada.page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    await expect(guest.log.get_by_text("Message deleted")).to_be_visible()
    await expect(guest.message("Slides are up")).to_have_count(1)


async def test_who_writes_is_seen_by_the_other(arrive: Arrive) -> None:
    ada, bela = await registered(arrive, "Ada", "Bela")
    await ada.write_to(bela)
    await ada.say("Hello")
    await bela.open("Ada")

    async def seen_writing() -> bool:
        # It is told again and again while one writes, and shown for some seconds only.
        await bela.composer.press_sequentially("Well, I ")
        return await ada.page.get_by_text("Bela is writing…").is_visible()

    await eventually(seen_writing, bool)
    await bela.say("Well, I think so")
    await ada.reads("Well, I think so")
    await expect(ada.page.get_by_text("Bela is writing…")).to_have_count(0)


async def test_what_is_not_sent_yet_stays_until_one_comes_back(arrive: Arrive) -> None:
    ada, bela, cleo = await registered(arrive, "Ada", "Bela", "Cleo")
    await ada.write_to(bela)
    await ada.composer.fill("Half a thought")
    await ada.write_to(cleo)
    await expect(ada.composer).to_have_value("")
    await ada.open("Bela")
    await expect(ada.composer).to_have_value("Half a thought")
    await ada.page.reload()
    await expect(ada.composer).to_have_value("Half a thought")
