"""Where the keyboard is when a dialog has gone."""

import asyncio
import re

from playwright.async_api import Route, expect

from tests.flows.chatting import registered
from tests.flows.conftest import Arrive


async def test_a_key_too_early_for_the_new_chat_presses_nothing_else(arrive: Arrive) -> None:
    ada, bela = await registered(arrive, "Ada", "Bela")
    asked, answered = asyncio.Event(), asyncio.Event()

    async def hold(route: Route) -> None:
        asked.set()
        await answered.wait()
        await route.continue_()

    await ada.page.route(re.compile("/v1/chats/[^/?]+$"), hold)
    await ada.list.get_by_role("button", name="New chat").first.click()
    await ada.choose(bela)
    await ada.person.button("Open chat").click()
    await asked.wait()
    dialog = ada.page.get_by_role("dialog")
    await expect(dialog).to_have_count(0)
    # What has opened the dialog must not have the focus: it would be pressed once more.
    await ada.page.keyboard.press("Enter")
    answered.set()
    await ada.opened("Bela")
    await expect(ada.composer).to_be_focused()
    await expect(dialog).to_have_count(0)
