"""Reading chats in real browsers: back through a long one, what is found, what others try to smuggle in."""

import asyncio
import re

from playwright.async_api import Route, expect

from tests.flows.chatting import Chatter, registered
from tests.flows.conftest import Api, Arrive
from tests.flows.people import eventually


async def test_a_long_chat_is_read_back_page_by_page(arrive: Arrive, api: Api) -> None:
    ada, bela = await registered(arrive, "Ada", "Bela")
    await ada.write_to(bela)
    chat_id = ada.page.url.rsplit("/", 1)[-1]
    # Each of them may say sixty things a minute.
    tokens = [await one.person.access_token() for one in (ada, bela)]

    async def note(number: int) -> None:
        body = {"client_id": f"n-{number}", "content": f"Note {number}"}
        path = f"/v1/chats/{chat_id}/messages"
        status, answer = await api.ask("POST", path, body, token=tokens[number % 2])
        assert status == 201, answer

    for number in range(110):
        await note(number)
    await ada.message("Note 109").wait_for()

    async def unread() -> int:
        _, answer = await api.ask("GET", f"/v1/chats/{chat_id}", token=tokens[0])
        return int(answer["unread"])

    # With something unread the chat would open there, and not at its end.
    await eventually(unread, lambda number: number == 0)
    await ada.page.reload()
    await ada.message("Note 109").wait_for()
    await expect(ada.log.get_by_role("article")).to_have_count(50)
    first = ada.message("Note 60")
    more = asyncio.Event()

    async def later(route: Route) -> None:
        await more.wait()
        await route.continue_()

    await ada.page.route(re.compile(r"/messages\?.*cursor="), later)
    await ada.log.evaluate("log => { log.scrollTop = 0; }")
    await note(110)
    await ada.message("Note 110").wait_for(state="attached")
    more.set()
    await ada.message("Note 11").wait_for(state="attached")
    # What one was reading stays where it was, whatever has come in above and below it.
    await expect(first).to_be_in_viewport()
    await ada.person.button("Jump to the newest message").click()
    await expect(ada.message("Note 110")).to_be_in_viewport()


async def test_markup_of_others_is_only_text(arrive: Arrive, api: Api) -> None:
    ada, bela = await registered(arrive, "Ada", "Bela")
    await ada.write_to(bela)
    chat_id = ada.page.url.rsplit("/", 1)[-1]
    wild = '<img src=x onerror="document.title=\'hacked\'"><script>document.title="hacked"</script>'
    await ada.say(wild)
    await bela.open("Ada")
    await bela.reads(wild)
    link = '<a href="javascript:alert(1)">x</a>'
    html = f'<p>Safe and <b onclick="alert(1)">bold</b>{wild}{link}</p>'
    body = {"client_id": "formatted", "content": "Safe and bold", "formatted_content": html}
    token = await ada.person.access_token()
    status, answer = await api.ask("POST", f"/v1/chats/{chat_id}/messages", body, token=token)
    assert status == 201, answer
    formatted = bela.log.locator(".formatted")
    await expect(formatted.locator("b")).to_have_text("bold")
    assert await formatted.locator("img, script, a, [onclick]").count() == 0
    assert "hacked" not in await bela.page.title()


async def test_what_is_typed_with_marks_is_shown_formatted(arrive: Arrive) -> None:
    ada, bela = await registered(arrive, "Ada", "Bela")
    await ada.write_to(bela)
    await ada.say("*Ship it* on _Thursday_ with snake_case_names")
    await bela.open("Ada")
    said = bela.message("Ship it on Thursday with snake_case_names")
    await expect(said.locator("b")).to_have_text("Ship it")
    await expect(said.locator("i")).to_have_text("Thursday")
    await ada.act_on("Ship it on Thursday with snake_case_names", "Edit")
    await expect(ada.composer).to_have_value("*Ship it* on _Thursday_ with snake_case_names")
    await ada.say("Not *yet*")
    await expect(bela.message("Not yet").locator("b")).to_have_text("yet")


async def test_a_stranger_is_sent_to_log_in_and_comes_back(arrive: Arrive) -> None:
    (ada,) = await registered(arrive, "Ada")
    guest = Chatter(await arrive("Gus"))
    await guest.page.goto(f"{ada.person.base}/chats")
    await guest.page.get_by_role("heading", name="Log in").wait_for()
    assert "next=%2Fchats" in guest.page.url


async def test_what_was_said_is_found_and_gone_to(arrive: Arrive) -> None:
    ada, bela = await registered(arrive, "Ada", "Bela")
    await ada.write_to(bela)
    await ada.say("The key lies under the flower pot")
    for number in range(15):
        await ada.say(f"And number {number}\n\n\n")
    await expect(bela.row("Ada", unread=16)).to_be_visible()
    search = bela.list.get_by_role("searchbox", name="Search chats and messages")
    await search.fill("flower")
    found = bela.page.get_by_role("region", name="Messages", exact=True).get_by_role("link")
    await expect(found).to_have_count(1)
    await expect(found.locator("mark")).to_have_text("flower")
    await found.click()
    await expect(bela.message("The key lies under the flower pot")).to_be_focused()
    await search.fill("nobody said this")
    await expect(bela.page.get_by_text("No message has these words.")).to_be_visible()
    await search.fill("ad")
    # One is in the middle of it: the latest ones are still unread.
    await expect(bela.row("Ada", unread=16)).to_be_visible()
