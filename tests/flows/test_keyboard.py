"""Without a mouse, on a phone, in the dark: the same meeting for everyone."""

import asyncio
import re

from playwright.async_api import Locator, expect

from local.stack import Stack
from tests.flows.conftest import Arrive, email
from tests.flows.people import PASSWORD, Person, eventually

PHONE = {"viewport": {"width": 360, "height": 740}, "has_touch": True, "is_mobile": True}
# More than there are stops on any page: whoever has not got there by then never does.
STOPS = 60

FOCUS_IS_VISIBLE = """() => {
  const style = getComputedStyle(document.activeElement);
  return style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2;
}"""
# Null; or what is not, or not whole.
IN_SIGHT = """(element) => {
  const box = element.getBoundingClientRect();
  const inside = box.width > 0 && box.left >= 0 && box.top >= 0
    && box.right <= innerWidth + 0.5 && box.bottom <= innerHeight + 0.5;
  return inside ? null : element.outerHTML;
}"""
TOO_WIDE = (
    "() => document.documentElement.scrollWidth > innerWidth || document.documentElement.scrollLeft > 0"
)
BACKGROUND = "() => getComputedStyle(document.querySelector('{}')).backgroundColor"


class Keys:
    """A person's keyboard: all that these people use."""

    def __init__(self, person: Person) -> None:
        self.person = person
        self.page = person.page

    async def press(self, *keys: str) -> None:
        for key in keys:
            await self.page.keyboard.press(key)

    async def type(self, text: str) -> None:
        await self.page.keyboard.type(text)

    async def has(self, target: Locator) -> bool:
        return bool(await target.evaluate("(element) => element === document.activeElement"))

    async def to(self, target: Locator, *, back: bool = False) -> None:
        """Tab until it has the focus; wherever the focus is on the way, it is seen."""
        await target.wait_for()
        for _ in range(STOPS):
            if await self.has(target):
                return
            await self.press("Shift+Tab" if back else "Tab")
            assert await self.page.evaluate(FOCUS_IS_VISIBLE), await self.page.evaluate(
                "() => document.activeElement.outerHTML.slice(0, 200)"
            )
        raise AssertionError(f"not reached by Tab: {target}")

    async def to_button(self, name: str, *, exact: bool = True) -> None:
        await self.to(self.page.get_by_role("button", name=name, exact=exact))

    async def register(self) -> None:
        page = self.page
        await page.goto(f"{self.person.base}/register")
        for field, text in (("Your name", self.person.name), ("Email", email()), ("Password", PASSWORD)):
            await self.to(page.get_by_label(field))
            await self.type(text)
        await self.press("Enter")
        await self.person.button("New meeting").wait_for()

    async def choose(self, item: str) -> None:
        """In the menu that has just opened, by the arrow keys."""
        target = self.page.get_by_role("menuitem", name=item, exact=True)
        await target.wait_for()
        for _ in range(STOPS):
            if await self.has(target):
                return await self.press("Enter")
            await self.press("ArrowDown")
        raise AssertionError(f"not reached by the arrow keys: {item}")


async def test_a_meeting_from_registering_to_its_end_by_keyboard_alone(arrive: Arrive) -> None:
    ada, bela = Keys(await arrive("Ada")), Keys(await arrive("Bela"))
    link = await start_and_invite(ada)
    await join_by_name(bela, link)
    await ada.person.sees(bela.person)

    # A key of its own for what one does most; the button says the same.
    await bela.press("m")
    await expect(ada.person.tile(bela.person)).to_have_attribute("aria-label", re.compile("Muted"))
    await bela.to_button("Unmute microphone")
    await bela.press("Enter")
    await expect(ada.person.tile(bela.person)).not_to_have_attribute("aria-label", re.compile("Muted"))

    await write_to_each_other(ada, bela)
    await mute_from_the_roster(ada, bela)
    await leave_and_end(ada, bela)


async def start_and_invite(host: Keys) -> str:
    await host.register()
    await host.to_button("New meeting")
    await host.press("Enter")
    await host.to_button("Join now")
    await host.press("Enter")
    await host.person.in_meeting()
    await host.to_button("Copy invite link")
    await host.press("Enter")
    await expect(host.page.get_by_role("status", name="Notifications")).to_contain_text("Invite link copied")
    link = str(await host.page.evaluate("() => navigator.clipboard.readText()"))
    assert link == host.page.url
    return link


async def join_by_name(guest: Keys, link: str) -> None:
    await guest.page.goto(link)
    name = guest.page.get_by_label("Your name")
    await name.wait_for()
    # Nothing else can be done first, so the name has the focus already.
    await expect(name).to_be_focused()
    await guest.type(guest.person.name)
    await guest.press("Enter")
    await guest.person.in_meeting()


async def write_to_each_other(ada: Keys, bela: Keys) -> None:
    await ada.press("c")
    panel = ada.page.get_by_role("complementary", name="Chat")
    await expect(panel.get_by_label("Message", exact=True)).to_be_focused()
    await ada.type("Can you read this? mmm")  # the letters of shortcuts are only letters here
    await ada.press("Enter")
    await bela.person.reads("Can you read this? mmm")
    await expect(ada.person.toolbar.get_by_role("button", name="Mute microphone")).to_be_visible()

    await ada.to(panel.get_by_label("To", exact=True), back=True)
    # One key: a second one counts for itself where it comes late.
    await ada.type("B")
    await expect(panel.get_by_label("To", exact=True).locator("option:checked")).to_have_text("Bela")
    await ada.to(panel.get_by_label("Message", exact=True))
    await ada.type("Only for you")
    await ada.press("Enter")
    await bela.person.reads("Only for you")
    await expect(panel.get_by_text("Private to Bela")).to_be_visible()
    await ada.press("Escape")
    await expect(panel).to_have_count(0)
    await expect(ada.person.toolbar.get_by_role("button", name="Chat", exact=True)).to_be_focused()


async def mute_from_the_roster(ada: Keys, bela: Keys) -> None:
    await ada.press("ArrowRight")
    await expect(ada.person.toolbar.get_by_role("button", name="People")).to_be_focused()
    await ada.press("Enter")
    await ada.to_button("Actions for Bela")
    await ada.press("Enter")
    await ada.choose("Mute")
    await expect(bela.person.toolbar.get_by_role("button", name="Unmute microphone")).to_be_visible()
    await expect(ada.person.button("Actions for Bela")).to_be_focused()
    await ada.press("Escape")


async def leave_and_end(ada: Keys, bela: Keys) -> None:
    await ada.to_button("Leave")
    await ada.press("Enter")
    dialog = ada.page.get_by_role("dialog", name="Leave the meeting?")
    await ada.to(dialog.get_by_role("button", name="Stay"))
    await ada.press("Enter")
    await expect(dialog).to_have_count(0)
    await expect(ada.person.toolbar.get_by_role("button", name="Leave")).to_be_focused()
    await ada.press("Enter")
    await ada.to(dialog.get_by_role("button", name="End for all"))
    await ada.press("Enter")
    await expect(ada.page.get_by_role("heading", name="You ended the meeting")).to_be_focused()
    await expect(bela.page.get_by_role("heading", name="This meeting has ended")).to_be_focused()
    await bela.to(bela.page.get_by_role("link", name="Back to home"))
    await bela.press("Enter")
    await bela.page.get_by_label("Meeting code or link").wait_for()


async def test_on_a_phone_everything_is_within_reach_and_nothing_scrolls(arrive: Arrive) -> None:
    ada, bela = await arrive("Ada"), await arrive("Bela", **PHONE)
    await ada.register(email())
    link = await ada.start_meeting()
    await bela.open(link)
    await fits(bela)
    await bela.button("Join now").tap()
    await bela.in_meeting()
    await bela.sees(ada)
    await controls_in_sight(bela)

    await bela.toolbar.get_by_role("button", name="Chat").tap()
    chat = bela.page.get_by_role("complementary", name="Chat")
    await chat.get_by_label("Message", exact=True).fill("From the tram")
    await in_sight(chat.get_by_role("button", name="Send message"))
    await chat.get_by_role("button", name="Send message").tap()
    await ada.reads("From the tram")
    await fits(bela)
    await chat.get_by_role("button", name="Close").tap()

    await bela.toolbar.get_by_role("button", name="More").tap()
    await bela.page.get_by_role("menuitem", name="People").wait_for()
    for item in await bela.page.get_by_role("menuitem").all():
        await in_sight(item)
    await bela.page.get_by_role("menuitem", name="People").tap()
    people = bela.page.get_by_role("complementary", name="People")
    await expect(people.get_by_role("listitem")).to_have_count(2)
    await fits(bela)
    await people.get_by_role("button", name="Close").tap()

    await controls_in_sight(bela)
    await bela.toolbar.get_by_role("button", name="Leave").tap()
    await bela.page.get_by_role("heading", name="You left the meeting").wait_for()
    await fits(bela)


async def test_dark_is_dark_from_the_door_to_the_room(arrive: Arrive) -> None:
    ada = await arrive("Ada", color_scheme="dark")
    await ada.page.goto(ada.base)
    await is_dark(ada, "body")
    await ada.register(email())
    await ada.start_meeting()
    await is_dark(ada, ".room")
    await ada.open_panel("Chat")
    await is_dark(ada, "aside")
    # What was chosen stands above what the system says.
    await ada.leave()
    await ada.button("Account of Ada").click()
    await ada.page.get_by_role("menuitem", name="Theme: system").click()
    await ada.button("Account of Ada").click()
    await expect(ada.page.get_by_role("menuitem", name="Theme: light")).to_be_visible()
    assert brightness(await ada.page.evaluate(BACKGROUND.format("body"))) > 200


async def test_in_another_window_the_meeting_goes_on_and_can_be_taken_back(
    arrive: Arrive, stack: Stack
) -> None:
    ada, bela = await arrive("Ada"), await arrive("Bela")
    await ada.register(email())
    link = await ada.start_meeting()
    await bela.join(link)
    first, ada.page = ada.page, await ada.context.new_page()
    await ada.join(link)
    await first.get_by_role("heading", name="You joined in another window").wait_for()
    await asyncio.gather(bela.sees(ada), ada.sees(bela))
    await expect(bela.tile(ada)).to_have_count(1)

    second, ada.page = ada.page, first
    await ada.button("Use here instead").click()
    await ada.in_meeting()
    await second.get_by_role("heading", name="You joined in another window").wait_for()
    await asyncio.gather(bela.sees(ada), ada.sees(bela))
    await expect(bela.tile(ada)).to_have_count(1)


async def fits(person: Person) -> None:
    assert not await person.page.evaluate(TOO_WIDE), await person.page.title()


async def in_sight(target: Locator) -> None:
    """Once it stands still: panels and menus rise to their place."""
    await eventually(lambda: target.evaluate(IN_SIGHT), lambda outside: outside is None)


async def controls_in_sight(person: Person) -> None:
    await fits(person)
    for control in await person.toolbar.get_by_role("button").all():
        await in_sight(control)
        box = await control.bounding_box()
        assert box is not None
        assert min(box["width"], box["height"]) >= 44, await control.get_attribute("aria-label")
    scrolls = "() => document.documentElement.scrollHeight > innerHeight"
    assert not await person.page.evaluate(scrolls)


async def is_dark(person: Person, selector: str) -> None:
    assert brightness(await person.page.evaluate(BACKGROUND.format(selector))) < 50


def brightness(color: str) -> float:
    """0…255, of `rgb(r, g, b)`."""
    red, green, blue = (float(part) for part in re.findall(r"[\d.]+", color)[:3])
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
