"""People at their browsers: what a person does in the web client, and what they then see and hear.

Locators are the roles and names that assistive technology reads (web/README.md).
"""

import asyncio
import math
import re
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from playwright.async_api import Browser, BrowserContext, Locator, Page, ViewportSize, expect

PASSWORD = "correct horse battery"
T = TypeVar("T")
# Real machines that test are slow and shared; nothing here waits longer than it must.
PATIENCE_SECONDS = 30.0


async def eventually(
    ask: Callable[[], Awaitable[T]], holds: Callable[[T], bool], *, seconds: float = PATIENCE_SECONDS
) -> T:
    """Ask until it holds; the last answer is part of the failure."""
    deadline = asyncio.get_running_loop().time() + seconds
    while True:
        found = await ask()
        if holds(found):
            return found
        if asyncio.get_running_loop().time() > deadline:
            raise AssertionError(f"not within {seconds} s; last seen: {found}")
        await asyncio.sleep(0.1)


def rises(by: float = 0) -> Callable[[float | None], bool]:
    """Whether a count has gone up by more than that since it was lowest: a new connection counts anew."""
    lowest = math.inf

    def holds(count: float | None) -> bool:
        nonlocal lowest
        lowest = min(lowest, math.inf if count is None else count)
        return count is not None and count > lowest + by

    return holds


class Person:
    """One person with a browser profile of their own. `console` holds the errors their page reported."""

    def __init__(self, context: BrowserContext, page: Page, name: str, base: str) -> None:
        self.context = context
        self.page = page
        self.name = name
        self.base = base
        self.email = ""
        self.console: list[str] = []
        page.on("pageerror", lambda error: self.console.append(str(error)))

    @classmethod
    async def arrive(
        cls, browser: Browser, base: str, name: str, *, viewport: ViewportSize | None = None, **options: Any
    ) -> "Person":
        context = await browser.new_context(
            viewport=viewport or {"width": 1280, "height": 720},
            permissions=["camera", "microphone", "clipboard-read", "clipboard-write"],
            **options,
        )
        context.set_default_timeout(PATIENCE_SECONDS * 1000)
        return cls(context, await context.new_page(), name, base)

    async def go_home(self) -> None:
        await self.context.close()

    # -- accounts and meetings --------------------------------------------------------------------------

    async def register(self, email: str) -> None:
        self.email = email
        await self.page.goto(f"{self.base}/register")
        await self.page.get_by_label("Your name").fill(self.name)
        await self.page.get_by_label("Email").fill(email)
        await self.page.get_by_label("Password").fill(PASSWORD)
        await self.page.get_by_role("main").get_by_role("button", name="Create account").click()
        await self.button("New meeting").wait_for()

    async def access_token(self) -> str:
        """One of their own, for asking the API in their name beside their browser."""
        body = {"email": self.email, "password": PASSWORD}
        answer = await self.context.request.post(f"{self.base}/v1/auth/login", data=body)
        assert answer.status == 200, await answer.text()
        return str((await answer.json())["access_token"])

    async def start_meeting(self) -> str:
        """A new instant meeting, joined by its host; its link."""
        await self.button("New meeting").click()
        await self.button("Join now").click()
        await self.in_meeting()
        return self.page.url

    async def open(self, link: str) -> None:
        """The page before joining, as a guest unless signed in."""
        await self.page.goto(link)
        submit = self.page.get_by_role("button", name=re.compile("^(Join now|Ask to join)$"))
        await submit.wait_for()
        name = self.page.get_by_label("Your name")
        if await name.count():
            await name.fill(self.name)

    async def join(self, link: str) -> None:
        await self.open(link)
        await self.button("Join now").click()
        await self.in_meeting()

    async def ask_to_join(self, link: str) -> None:
        await self.open(link)
        await self.button("Ask to join").click()
        await self.page.get_by_role("heading", name="Waiting to be let in").wait_for()

    async def in_meeting(self) -> None:
        await self.toolbar.wait_for()

    async def leave(self) -> None:
        await self.toolbar.get_by_role("button", name="Leave").click()
        stay = self.page.get_by_role("dialog", name="Leave the meeting?")
        gone = self.page.get_by_role("heading", name="You left the meeting")
        await stay.or_(gone).first.wait_for()
        if await stay.count():
            await stay.get_by_role("button", name="Leave meeting").click()
        await gone.wait_for()

    # -- what is on the page ----------------------------------------------------------------------------

    @property
    def toolbar(self) -> Locator:
        return self.page.get_by_role("toolbar", name="Meeting controls")

    def button(self, name: str) -> Locator:
        return self.page.get_by_role("button", name=name, exact=True)

    def tile(self, of: "Person") -> Locator:
        """The camera tile of someone; its name tells their state (", Muted")."""
        return self.page.locator("article[data-kind=camera]", has_text=of.name)

    def screen(self, of: "Person") -> Locator:
        return self.page.get_by_role("article", name=f"Screen of {of.name}")

    async def press(self, control: str) -> None:
        await self.toolbar.get_by_role("button", name=control, exact=True).click()

    async def open_panel(self, name: str) -> Locator:
        panel = self.page.get_by_role("complementary", name=name)
        if not await panel.count():
            await self.toolbar.get_by_role("button", name=re.compile(f"^{name}")).click()
        await panel.wait_for()
        return panel

    async def say(self, text: str, *, to: "Person | None" = None) -> None:
        panel = await self.open_panel("Chat")
        await panel.get_by_label("To", exact=True).select_option(label=to.name if to else "Everyone")
        await panel.get_by_label("Message", exact=True).fill(text)
        await panel.get_by_role("button", name="Send message").click()

    async def reads(self, text: str, *, seconds: float = PATIENCE_SECONDS) -> None:
        panel = await self.open_panel("Chat")
        log = panel.get_by_role("log", name="Messages")
        await log.get_by_text(text, exact=True).wait_for(timeout=seconds * 1000)

    async def has_not_read(self, text: str) -> None:
        panel = await self.open_panel("Chat")
        await expect(panel.get_by_role("log", name="Messages").get_by_text(text, exact=True)).to_have_count(0)

    async def act_on(self, other: "Person", action: str) -> None:
        """A host's control in the list of people."""
        panel = await self.open_panel("People")
        await panel.get_by_role("button", name=f"Actions for {other.name}", exact=True).click()
        await self.page.get_by_role("menuitem", name=action, exact=True).click()

    # -- what they see and hear -------------------------------------------------------------------------

    async def stats(self) -> dict[str, Any]:
        found: dict[str, Any] = await self.page.evaluate("() => window.convoke.stats()")
        return found

    async def stream(self, of: "Person", kind: str) -> dict[str, Any] | None:
        streams = (await self.stats())["remote"]
        return next((s for s in streams if s["display_name"] == of.name and s["type"] == kind), None)

    async def sees(self, other: "Person", kind: str = "camera", *, seconds: float = PATIENCE_SECONDS) -> None:
        """Decoded frames of them keep coming."""
        await eventually(lambda: self._frames(other, kind), rises(by=5), seconds=seconds)

    async def hears(self, other: "Person", *, seconds: float = PATIENCE_SECONDS) -> None:
        """Sound of theirs arrives: its energy rises and its level is above zero at some moment."""
        await eventually(lambda: self._level(other), lambda level: level > 0, seconds=seconds)
        await eventually(lambda: self._energy(other), rises(), seconds=seconds)

    async def hears_nothing_new(self, other: "Person", *, seconds: float = 3.0) -> None:
        """No sound of theirs adds up any more, after what was under way has arrived."""
        await asyncio.sleep(1)
        before = await self._energy(other) or 0.0
        await asyncio.sleep(seconds)
        # A decoder that gets nothing conceals with comfort noise near silence; speech is far above.
        assert (await self._energy(other) or 0.0) - before < 0.0005

    async def _frames(self, other: "Person", kind: str) -> int | None:
        stream = await self.stream(other, kind)
        return int(stream["framesDecoded"]) if stream else None

    async def _energy(self, other: "Person") -> float | None:
        stream = await self.stream(other, "microphone")
        return float(stream["totalAudioEnergy"]) if stream else None

    async def _level(self, other: "Person") -> float:
        stream = await self.stream(other, "microphone")
        return float(stream["audioLevel"]) if stream else 0.0
