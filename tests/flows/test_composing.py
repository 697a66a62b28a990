"""Writing in a chat: calling people by name, what becomes of messages that are not sent yet, and faces."""

import json
import re
from collections.abc import Callable
from typing import Any, Literal
from uuid import uuid4

from playwright.async_api import Locator, WebSocketRoute, expect

from tests.flows.chatting import Chatter, registered
from tests.flows.conftest import Arrive, email
from tests.flows.people import Person, eventually
from tests.flows.test_files import a_file, choose, is_painted, picture

Rows = Callable[..., list[dict[str, Any]]]


def offered(chatter: Chatter) -> Locator:
    return chatter.page.get_by_role("listbox", name="People to mention")


async def test_people_are_called_by_name(arrive: Arrive, rows: Rows) -> None:
    ada, bela, cleo = await registered(arrive, "Ada", "Bela", "Cleo")
    await ada.found("Weekend", bela, cleo)
    for other in (bela, cleo):
        await other.open("Weekend")

    await ada.composer.press_sequentially("Hello @be")
    await expect(offered(ada).get_by_role("option")).to_have_count(1)
    field = ada.page.get_by_role("combobox", name="Message", exact=True)
    option = offered(ada).get_by_role("option", name="Bela", selected=True)
    await expect(field).to_have_attribute("aria-activedescendant", str(await option.get_attribute("id")))
    await field.press("Enter")
    await expect(ada.composer).to_have_value("Hello @Bela ")
    await expect(offered(ada)).to_have_count(0)
    await ada.composer.press_sequentially("there")
    await ada.composer.press("Enter")
    # Who is called sees it more strongly than the others.
    await expect(bela.message("Hello @Bela there").locator("mark")).to_have_text("@Bela")
    await expect(cleo.message("Hello @Bela there").locator("span.mention")).to_have_text("@Bela")
    await expect(cleo.message("Hello @Bela there").locator("mark")).to_have_count(0)
    [stored] = rows(
        "SELECT u.display_name FROM messages m JOIN users u ON u.user_id = ANY (m.mentions)"
        " WHERE m.content = 'Hello @Bela there' AND u.email = %s",
        bela.person.email,
    )
    assert stored == {"display_name": "Bela"}

    await ada.composer.press_sequentially("@")
    await expect(offered(ada).get_by_role("option")).to_have_text(["BBela", "CCleo"])
    await ada.composer.press("ArrowDown")
    await expect(offered(ada).get_by_role("option", name="Cleo", selected=True)).to_be_visible()
    await ada.composer.press("Tab")
    await expect(ada.composer).to_have_value("@Cleo ")
    await expect(ada.composer).to_be_focused()
    await ada.composer.press_sequentially("and @")
    await offered(ada).get_by_role("option", name="Bela").click()
    await expect(ada.composer).to_have_value("@Cleo and @Bela ")
    await ada.composer.press("Enter")
    for other, name in ((bela, "@Bela"), (cleo, "@Cleo")):
        await expect(other.message("@Cleo and @Bela").locator("mark")).to_have_text(name)

    await ada.composer.press_sequentially("Only @be")
    await expect(offered(ada)).to_be_visible()
    await ada.composer.press("Escape")
    await expect(offered(ada)).to_have_count(0)
    await ada.composer.press("Enter")
    await bela.reads("Hello @Bela there", "@Cleo and @Bela", "Only @be")
    await expect(bela.message("Only @be").locator(".mention")).to_have_count(0)


async def test_a_guest_is_called_in_a_meeting(arrive: Arrive) -> None:
    ada, gus = await arrive("Ada"), await arrive("Gus Guest")
    await ada.register(email())
    link = await ada.start_meeting()
    await gus.join(link)
    await ada.tile(gus).wait_for()
    await ada.open_panel("Chat")
    await gus.open_panel("Chat")
    host, guest = Chatter(ada), Chatter(gus)
    await host.composer.press_sequentially("@gue")
    await offered(host).get_by_role("option", name="Gus Guest").wait_for()
    await host.composer.press("Enter")
    await host.composer.press_sequentially("welcome")
    await host.composer.press("Enter")
    await expect(guest.message("@Gus Guest welcome").locator("mark")).to_have_text("@Gus Guest")
    await expect(host.message("@Gus Guest welcome").locator("span.mention")).to_have_text("@Gus Guest")


class Wire:
    """The socket of a page, which can lose what is sent, lose the answers, or refuse it."""

    def __init__(self) -> None:
        self.does: Literal["pass", "lose", "lose answers", "refuse"] = "pass"
        self.lost = 0

    async def how_many_lost(self) -> int:
        return self.lost

    def route(self, page: WebSocketRoute) -> None:
        server = page.connect_to_server()

        def to_server(frame: str | bytes) -> None:
            said = json.loads(frame)
            if said.get("action") != "chat.send" or self.does in {"pass", "lose answers"}:
                server.send(frame)
                return
            self.lost += 1
            if self.does == "refuse":
                error = {"type": "/problems/not_in_chat", "title": "No", "status": 403}
                page.send(json.dumps({"reply_to": said["id"], "ok": False, "error": error}))

        def to_page(frame: str | bytes) -> None:
            if self.does != "lose answers" or "client_id" not in str(frame):
                page.send(frame)

        page.on_message(to_server)
        server.on_message(to_page)


async def wired(arrive: Arrive, name: str) -> tuple[Chatter, Wire]:
    """Somebody with an account on the page of chats, and their sockets."""
    chatter, wire = Chatter(await arrive(name)), Wire()
    await chatter.person.context.route_web_socket(re.compile("/socket"), wire.route)
    await chatter.person.register(email())
    await chatter.open_chats()
    return chatter, wire


async def kept(chatter: Chatter) -> int:
    """How many messages the browser keeps that are not sent yet."""
    count = "() => Object.keys(localStorage).filter(key => key.startsWith('convoke.unsent.')).length"
    return int(await chatter.page.evaluate(count))


async def stored(rows: Rows, content: str) -> int:
    return len(rows("SELECT 1 FROM messages WHERE content = %s", content))


async def test_what_is_not_sent_yet_survives_a_reload(arrive: Arrive, rows: Rows) -> None:
    ada, wire = await wired(arrive, "Ada")
    [bela] = await registered(arrive, "Bela")
    await ada.write_to(bela)
    await ada.say("Are you there?")
    await ada.see_state("Are you there?", "Sent")
    words = f"Written in the tunnel {uuid4().hex}"

    wire.does = "lose"
    await ada.say(words)
    await eventually(wire.how_many_lost, lambda lost: lost == 1)
    assert await kept(ada) == 1
    await ada.page.reload()
    await expect(ada.message(words)).to_contain_text("Sending…")
    await eventually(wire.how_many_lost, lambda lost: lost == 2)
    assert await stored(rows, words) == 0
    # The answer to what is stored is lost as well: only its id says that it is there.
    wire.does = "lose answers"
    await ada.page.goto(f"{ada.person.base}/contacts")
    await eventually(lambda: stored(rows, words), lambda count: count == 1)
    wire.does = "pass"
    await ada.page.reload()
    await eventually(lambda: kept(ada), lambda count: count == 0)
    await ada.open_chats()
    await ada.open("Bela")
    await ada.reads("Are you there?", words)
    await ada.see_state(words, "Sent")
    await bela.open("Ada")
    await bela.reads("Are you there?", words)
    assert await stored(rows, words) == 1


async def test_what_has_failed_is_tried_again_or_discarded(arrive: Arrive, rows: Rows) -> None:
    ada, wire = await wired(arrive, "Ada")
    [bela] = await registered(arrive, "Bela")
    await ada.write_to(bela)
    wire.does = "refuse"
    again, never = f"Again {uuid4().hex}", f"Never {uuid4().hex}"
    for words in (again, never):
        await ada.say(words)
        await expect(ada.message(words).get_by_role("alert")).to_contain_text("Not sent")
    await ada.page.reload()
    person = ada.person
    other = Chatter(Person(person.context, await person.context.new_page(), person.name, person.base))
    await other.page.goto(ada.page.url)
    for tab in (ada, other):
        for words in (again, never):
            await expect(tab.message(words).get_by_role("button", name="Try again")).to_be_visible()
    assert wire.lost == 2

    await other.message(never).get_by_role("button", name="Discard").click()
    await expect(ada.message(never)).to_have_count(0)
    wire.does = "pass"
    await ada.message(again).get_by_role("button", name="Try again").click()
    for tab in (ada, other):
        await tab.see_state(again, "Sent")
        await expect(tab.page.get_by_text("Not sent")).to_have_count(0)
    assert await kept(ada) == 0
    assert (await stored(rows, again), await stored(rows, never)) == (1, 0)


async def test_who_logs_out_leaves_nothing_unsent(arrive: Arrive) -> None:
    ada, wire = await wired(arrive, "Ada")
    [bela] = await registered(arrive, "Bela")
    await ada.write_to(bela)
    wire.does = "lose"
    await ada.say("For nobody else")
    await eventually(lambda: kept(ada), lambda count: count == 1)
    await ada.person.button("Account of Ada").click()
    await ada.page.get_by_role("menuitem", name="Log out").click()
    await ada.page.get_by_role("link", name="Log in").first.wait_for()
    assert await kept(ada) == 0


async def show_oneself(chatter: Chatter) -> None:
    """Choose a picture on the account's page."""
    await chatter.page.goto(f"{chatter.person.base}/account")
    await chatter.person.button("Choose a picture").wait_for()
    await choose(chatter, a_file("me.png", "image/png", picture((300, 300), "orange")))
    await chatter.person.button("Change picture").wait_for()


async def test_faces_stand_beside_what_others_say(arrive: Arrive) -> None:
    ada, bela, cleo = await registered(arrive, "Ada", "Bela", "Cleo")
    await show_oneself(ada)
    await ada.open_chats()
    await ada.found("Weekend", bela, cleo)
    for words in ("One", "Two"):
        await ada.say(words)
        await ada.see_state(words, "Sent")
    await bela.open("Weekend")
    await bela.reads("One", "Two")
    # Beside the first of a run; in colours where there is no picture.
    await is_painted(bela.message("One").locator(".avatar img"))
    await expect(bela.message("Two").locator(".avatar")).to_have_count(0)
    await bela.say("Three")
    await expect(ada.message("Three").locator(".avatar")).to_have_text("B")
    await expect(bela.message("Three").locator(".avatar")).to_have_count(0)

    await ada.open_chats()
    await ada.write_to(bela)
    await ada.say("Between us")
    await bela.open("Ada")
    await bela.reads("Between us")
    await expect(bela.log.locator(".avatar")).to_have_count(0)


async def test_who_has_the_camera_off_is_seen_by_their_picture(arrive: Arrive) -> None:
    [ada] = await registered(arrive, "Ada")
    [bela] = await registered(arrive, "Bela", viewport={"width": 360, "height": 740})
    await show_oneself(ada)
    await ada.page.goto(ada.person.base)
    link = await ada.person.start_meeting()
    await ada.person.press("Turn camera off")
    await bela.person.join(link)
    await is_painted(bela.person.tile(ada.person).locator(".avatar img"))
    await ada.person.say("Here I am")
    await bela.person.open_panel("Chat")
    await is_painted(bela.message("Here I am").locator(".avatar img"))
