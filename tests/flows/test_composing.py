"""Writing in a chat: calling people by name, and what becomes of messages that are not sent yet."""

from collections.abc import Callable
from typing import Any

from playwright.async_api import Locator, expect

from tests.flows.chatting import Chatter, registered
from tests.flows.conftest import Arrive, email

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
    await expect(bela.message("Hello @Bela there").get_by_role("mark")).to_have_text("@Bela")
    await expect(cleo.message("Hello @Bela there").locator("span.mention")).to_have_text("@Bela")
    await expect(cleo.message("Hello @Bela there").get_by_role("mark")).to_have_count(0)
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
        await expect(other.message("@Cleo and @Bela").get_by_role("mark")).to_have_text(name)

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
    await expect(guest.message("@Gus Guest welcome").get_by_role("mark")).to_have_text("@Gus Guest")
    await expect(host.message("@Gus Guest welcome").locator("span.mention")).to_have_text("@Gus Guest")
