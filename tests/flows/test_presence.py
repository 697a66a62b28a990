"""Contacts and presence with browsers: found, kept, seen coming and going, in meetings, hidden, blocked."""

from collections.abc import Callable
from typing import Any

import redis
from playwright.async_api import Locator, expect

from local.stack import Stack
from tests.flows.conftest import Arrive, email
from tests.flows.people import Person, eventually

Rows = Callable[..., list[dict[str, Any]]]


async def go_to_contacts(person: Person) -> None:
    await person.page.get_by_role("navigation", name="Main").get_by_role("link", name="Contacts").click()
    await person.page.get_by_role("heading", name="Contacts", level=1).wait_for()


async def add(person: Person, other: Person) -> None:
    """By the whole address: they do not know each other yet."""
    search = person.page.get_by_role("searchbox", name="Find people")
    await search.fill(other.email)
    await person.button(f"Add {other.name} to contacts").click()
    await contact(person, other.name).wait_for()
    await search.fill("")


def contact(person: Person, name: str) -> Locator:
    region = person.page.get_by_role("region", name="Your contacts")
    return region.get_by_role("listitem").filter(has=person.page.get_by_text(name, exact=True))


async def choose(person: Person, name: str, action: str) -> None:
    await person.button(f"Actions for {name}").click()
    await person.page.get_by_role("menuitem", name=action, exact=True).click()


async def acquainted(arrive: Arrive) -> tuple[Person, Person]:
    """Ada and Bob, each with the other as a contact, both looking at their lists."""
    ada, bob = await arrive("Ada"), await arrive("Bob")
    for person, other in ((ada, bob), (bob, ada)):
        await person.register(email())
        await go_to_contacts(person)
        if other.email:
            await add(person, other)
    await add(ada, bob)
    return ada, bob


async def test_somebody_is_seen_online_in_a_meeting_and_gone(
    arrive: Arrive, rows: Rows, stack: Stack
) -> None:
    ada, bob = await acquainted(arrive)
    of_bob = contact(ada, "Bob")
    await expect(of_bob).to_contain_text("Online")

    await bob.page.goto(bob.base)
    await bob.start_meeting()
    await expect(of_bob).to_contain_text("In a meeting")
    await bob.leave()
    await expect(of_bob).to_contain_text("Online")

    # A second window keeps one there when the first is closed.
    [known] = rows("SELECT user_id::text AS id FROM users WHERE email = %s", bob.email)

    async def devices() -> int:
        with redis.Redis.from_url(stack.redis_url, decode_responses=True) as client:
            fields = client.hgetall(f"presence:{{{known['id']}}}")
        return sum(name.startswith("d:") for name in fields)

    second = await bob.context.new_page()
    await second.goto(f"{bob.base}/contacts")
    await second.get_by_role("region", name="Your contacts").get_by_role("listitem").wait_for()
    await eventually(devices, lambda count: count == 2)
    await bob.page.close()
    await eventually(devices, lambda count: count == 1)
    await expect(of_bob).to_contain_text("Online")
    await second.close()
    await expect(of_bob).to_contain_text("Last seen just now")
    assert rows("SELECT 1 FROM users WHERE email = %s AND last_seen_at > now() - interval '1 min'", bob.email)


async def test_a_contact_is_renamed_removed_and_brought_back(arrive: Arrive) -> None:
    ada, _ = await acquainted(arrive)
    await choose(ada, "Bob", "Change name")
    await ada.page.get_by_label("Name in your contacts").fill("Bobby")
    await ada.button("Save").click()
    await expect(contact(ada, "Bobby")).to_contain_text("Bob")

    # Another device of Ada's hears of everything.
    phone = await ada.context.new_page()
    await phone.goto(f"{ada.base}/contacts")
    await phone.get_by_text("Bobby", exact=True).wait_for()
    await choose(ada, "Bobby", "Remove from contacts")
    # Pointed at, it stays.
    await ada.button("Undo").hover()
    await expect(phone.get_by_text("No contacts yet")).to_be_visible()
    await ada.button("Undo").click()
    await expect(contact(ada, "Bobby")).to_be_visible()
    await expect(phone.get_by_text("Bobby", exact=True)).to_be_visible()
    await phone.close()


async def test_who_is_blocked_sees_nobody_and_finds_nobody(arrive: Arrive) -> None:
    ada, bob = await acquainted(arrive)
    await expect(contact(bob, "Ada")).to_contain_text("Online")
    await choose(ada, "Bob", "Block")
    dialog = ada.page.get_by_role("dialog", name="Block Bob?")
    await dialog.get_by_role("button", name="Block", exact=True).click()
    await expect(contact(ada, "Bob")).to_contain_text("Blocked")

    await expect(contact(bob, "Ada")).to_contain_text("Offline")
    await bob.page.get_by_role("searchbox", name="Find people").fill(ada.email)
    await expect(bob.page.get_by_text("Nobody found")).to_be_visible()

    await choose(ada, "Bob", "Unblock")
    await expect(contact(ada, "Bob")).to_contain_text("Online")
    await bob.page.reload()
    await expect(contact(bob, "Ada")).to_contain_text("Online")


async def test_strangers_see_nothing_and_hiding_hides(arrive: Arrive) -> None:
    ada, bob = await acquainted(arrive)
    eve = await arrive("Eve")
    await eve.register(email())
    await go_to_contacts(eve)
    await add(eve, bob)
    await expect(contact(eve, "Bob")).to_be_visible()
    for words in ("Online", "Offline", "Last seen"):
        await expect(contact(eve, "Bob")).not_to_contain_text(words)

    await bob.page.goto(f"{bob.base}/account")
    async with bob.page.expect_response(lambda answer: answer.request.method == "PATCH") as saved:
        await bob.page.get_by_role("switch", name="Show when I was last seen").click()
    assert (await saved.value).status == 200
    await expect(bob.page.get_by_role("switch", name="Show when I was last seen")).not_to_be_checked()
    await bob.page.close()
    await expect(contact(ada, "Bob")).to_contain_text("Offline")
    await expect(contact(ada, "Bob")).not_to_contain_text("Last seen")


async def test_two_who_write_to_each_other_see_who_is_there_and_writing(arrive: Arrive) -> None:
    ada, bob = await arrive("Ada"), await arrive("Bob")
    await bob.register(email())
    await ada.register(email())
    await go_to_contacts(ada)
    await add(ada, bob)
    # To have him in her list shows her nothing; to write to each other does.
    await expect(contact(ada, "Bob")).not_to_contain_text("Online")
    await ada.button("Message Bob").click()
    box = ada.page.get_by_label("Message", exact=True)
    await box.fill("Are you there?")
    await box.press("Enter")

    await bob.page.get_by_role("link", name="Chats, 1 new").click()
    await bob.page.get_by_role("link", name="Ada").first.click()
    head = bob.page.get_by_role("region", name="Ada")
    await expect(head.get_by_text("Online", exact=True).first).to_be_visible()

    answer = bob.page.get_by_label("Message", exact=True)
    await answer.press_sequentially("Yes, one mo")

    async def writing() -> bool:
        await answer.press("o")
        return await ada.page.get_by_text("Bob is writing…").is_visible()

    await eventually(writing, bool)
    await answer.press("Enter")
    await expect(ada.page.get_by_text("Bob is writing…")).to_have_count(0)
