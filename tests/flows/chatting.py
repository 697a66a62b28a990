"""What people do in chats, by the roles and names that assistive technology reads (web/README.md)."""

import re
from typing import Any
from uuid import uuid4

from playwright.async_api import Browser, Locator, WebSocketRoute, expect

from tests.flows.people import PASSWORD, Person, eventually


class Chatter:
    """A person on the pages of chats, with an account."""

    def __init__(self, person: Person) -> None:
        self.person = person
        self.page = person.page
        self._sockets: list[WebSocketRoute] = []

    @property
    def name(self) -> str:
        return self.person.name

    async def another_device(self, browser: Browser) -> "Chatter":
        """The same person at another browser."""
        other = Chatter(await Person.arrive(browser, self.person.base, self.name))
        other.person.email = self.person.email
        await other.log_in()
        return other

    async def log_in(self) -> None:
        await self.page.goto(f"{self.person.base}/login?next=/chats")
        await self.page.get_by_label("Email").fill(self.person.email)
        await self.page.get_by_label("Password").fill(PASSWORD)
        await self.page.get_by_role("main").get_by_role("button", name="Log in").click()
        await self.list.wait_for()

    # -- the network ------------------------------------------------------------------------------------

    async def may_lose_the_network(self) -> None:
        """To be called before the page is opened."""

        def passed_on(route: WebSocketRoute) -> None:
            route.connect_to_server()
            self._sockets.append(route)

        await self.page.route_web_socket(re.compile("/socket"), passed_on)

    async def lose_the_network(self) -> None:
        await self.person.context.set_offline(True)
        for socket in self._sockets:
            await socket.close()
        self._sockets.clear()

    async def find_the_network(self) -> None:
        await self.person.context.set_offline(False)

    # -- chats ------------------------------------------------------------------------------------------

    @property
    def list(self) -> Locator:
        return self.page.get_by_role("region", name="Chats", exact=True)

    @property
    def log(self) -> Locator:
        return self.page.get_by_role("log", name="Messages")

    @property
    def composer(self) -> Locator:
        return self.page.get_by_label("Message", exact=True)

    def row(self, title: str, unread: int = 0) -> Locator:
        noun = "unread message" if unread == 1 else "unread messages"
        name = f"{title}, {unread} {noun}" if unread else title
        return self.list.get_by_role("link", name=name, exact=True)

    async def open_chats(self) -> None:
        await self.page.get_by_role("navigation", name="Main").get_by_role("link", name="Chats").click()
        await self.list.wait_for()

    async def open(self, title: str) -> None:
        await self.list.get_by_role(
            "link", name=re.compile(f"^{re.escape(title)}(, \\d+ unread.*)?$")
        ).click()
        await self.page.get_by_role("region", name=title, exact=True).wait_for()

    async def opened(self, title: str) -> None:
        """The chat is there to write in, and not the one before it any more."""
        chat = self.page.get_by_role("region", name=title, exact=True)
        await chat.get_by_label("Message", exact=True).wait_for()

    async def choose(self, *people: "Chatter") -> None:
        """In a dialog that asks for people: each by their e-mail."""
        field = self.page.get_by_role("dialog").get_by_role("combobox")
        for one in people:
            await field.fill(one.person.email)
            await self.page.get_by_role("option", name=one.name).wait_for()
            await field.press("Enter")
            await self.page.get_by_role("button", name=f"Take {one.name} out").wait_for()

    async def write_to(self, other: "Chatter") -> None:
        """A new chat with one person."""
        await self.list.get_by_role("button", name="New chat").first.click()
        await self.choose(other)
        await self.person.button("Open chat").click()
        await self.opened(other.name)

    async def found(self, title: str, *people: "Chatter") -> None:
        """A new group."""
        await self.list.get_by_role("button", name="New group").click()
        await self.choose(*people)
        await self.page.get_by_label("Group name").fill(title)
        await self.person.button("Create group").click()
        await self.opened(title)

    async def say(self, text: str) -> None:
        await self.composer.fill(text)
        await self.composer.press("Enter")

    def message(self, text: str) -> Locator:
        said = self.page.locator(".bubble-text", has_text=re.compile(f"^{re.escape(text)}$"))
        return self.log.get_by_role("article").filter(has=said)

    async def reads(self, *texts: str) -> None:
        """These and in this order, each once."""
        shown = self.log.locator(".bubble-text")
        await eventually(
            shown.all_text_contents,
            lambda said: [text for text in said if text in texts] == list(texts),
        )

    async def act_on(self, text: str, action: str) -> None:
        """By the menu of a message."""
        message = self.message(text)
        more = message.get_by_role("button", name=re.compile("^Actions for the message of"))
        # One's own has it once it was taken, and is drawn anew then: what was pointed at before is gone.
        await more.wait_for()
        await message.hover()
        await more.click()
        await self.page.get_by_role("dialog").get_by_role("button", name=action, exact=True).click()

    async def reword(self, text: str, anew: str) -> None:
        await self.act_on(text, "Edit")
        await expect(self.composer).to_have_value(text)
        await self.say(anew)

    async def see_state(self, text: str, state: str) -> None:
        """Whether it was read: the tick under one's own message."""
        await expect(self.message(text).get_by_role("img", name=state, exact=True)).to_be_visible()

    def reaction(self, text: str, emoji: str) -> Locator:
        buttons: Locator = self.message(text).get_by_role("list", name="Reactions").get_by_role("button")
        return buttons.filter(has_text=emoji)


async def registered(arrive: Any, *names: str, **options: Any) -> list[Chatter]:
    """People with accounts, each on their page of chats."""
    made = []
    for name in names:
        chatter = Chatter(await arrive(name, **options))
        await chatter.may_lose_the_network()
        await chatter.person.register(f"{name.lower()}-{uuid4().hex[:10]}@example.org")
        await chatter.open_chats()
        made.append(chatter)
    return made
