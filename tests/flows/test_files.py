"""Files in real browsers: sent by button, drop and paste, seen, opened, saved; refused where they must be."""

import io
import re
from pathlib import Path
from typing import Any

from PIL import Image
from playwright.async_api import FilePayload, Locator, expect

from convoke.files.metadata import without_metadata
from tests.convoke.files import photos
from tests.flows.chatting import Chatter, registered
from tests.flows.conftest import Arrive, email
from tests.flows.people import eventually


def picture(size: tuple[int, int] = (900, 600), colour: str = "teal") -> bytes:
    out = io.BytesIO()
    Image.new("RGB", size, colour).save(out, "PNG")
    return out.getvalue()


def a_file(name: str, kind: str, body: bytes) -> FilePayload:
    return {"name": name, "mimeType": kind, "buffer": body}


def pending(who: Chatter) -> Locator:
    return who.page.get_by_role("list", name="Files to send").get_by_role("listitem")


async def choose(who: Chatter, *files: FilePayload) -> None:
    await who.page.locator("input[type=file]").set_input_files(files)


async def send(who: Chatter) -> None:
    await who.person.button("Send message").click()
    await expect(pending(who)).to_have_count(0)


# A file as another program gives it: with a drop, or in the clipboard.
GIVE = """
([kind, place, name, type, bytes]) => {
  const data = new DataTransfer();
  data.items.add(new File([new Uint8Array(bytes)], name, { type }));
  const target = document.querySelector(place);
  if (kind === "paste") {
    const given = { clipboardData: data, bubbles: true, cancelable: true };
    target.dispatchEvent(new ClipboardEvent("paste", given));
    return;
  }
  for (const name of ["dragover", "drop"])
    target.dispatchEvent(new DragEvent(name, { dataTransfer: data, bubbles: true, cancelable: true }));
}
"""


async def give(who: Chatter, kind: str, place: str, name: str, body: bytes) -> None:
    await who.page.evaluate(GIVE, [kind, place, name, "image/png", list(body)])


async def is_painted(image: Locator) -> None:
    """The browser has got and decoded it."""

    async def width() -> int:
        return int(await image.evaluate("(image) => image.naturalWidth"))

    await eventually(width, lambda found: found > 0)


async def test_pictures_go_to_another_who_opens_them_one_by_one_and_saves_them(
    arrive: Arrive, tmp_path: Path
) -> None:
    ada, bela = await registered(arrive, "Ada", "Bela")
    await ada.write_to(bela)
    first, second = picture(), photos.png()
    await choose(ada, a_file("sea.png", "image/png", first))
    await give(ada, "drop", ".conversation", "hill.png", second)
    await expect(pending(ada)).to_have_count(2)
    await ada.composer.fill("From the weekend")
    await expect(pending(ada).filter(has_text=re.compile("Being checked|Ready to send"))).to_have_count(2)
    await send(ada)

    await bela.open("Ada")
    shown = bela.log.get_by_role("button", name=re.compile("^Show "))
    await expect(shown).to_have_count(2)
    for image in await shown.get_by_role("img").all():
        await is_painted(image)
    await bela.page.get_by_role("button", name="Show sea.png").click()
    box = bela.page.get_by_role("dialog", name="Image")
    await is_painted(box.get_by_role("img", name="sea.png"))
    await expect(box.get_by_role("status")).to_have_text("1 of 2")
    await bela.page.keyboard.press("ArrowRight")
    await is_painted(box.get_by_role("img", name="hill.png"))
    async with bela.page.expect_download() as saving:
        await box.get_by_role("button", name="Download hill.png").click()
    saved = await saving.value
    assert saved.suggested_filename == "hill.png"
    await saved.save_as(tmp_path / "hill.png")
    assert (tmp_path / "hill.png").read_bytes() == without_metadata(second, "image/png") != second
    await bela.page.keyboard.press("Escape")
    await expect(box).to_have_count(0)
    await expect(bela.page.get_by_role("button", name="Show sea.png")).to_be_focused()


async def test_a_document_is_sent_without_words_and_saved_under_its_name(
    arrive: Arrive, tmp_path: Path
) -> None:
    ada, bela = await registered(arrive, "Ada", "Bela")
    await ada.write_to(bela)
    await expect(ada.person.button("Send message")).to_be_disabled()
    body = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n<<>>\nendobj\n"
    await choose(ada, a_file("Plan – März.pdf", "application/pdf", body))
    await expect(ada.person.button("Send message")).to_be_enabled()
    await send(ada)
    await bela.open("Ada")
    save = bela.log.get_by_role("button", name="Download Plan – März.pdf")
    async with bela.page.expect_download() as saving:
        await save.click()
    saved = await saving.value
    assert saved.suggested_filename == "Plan – März.pdf"
    await saved.save_as(tmp_path / "plan.pdf")
    assert (tmp_path / "plan.pdf").read_bytes() == body


async def test_a_pasted_picture_is_sent_in_a_meeting_and_a_guest_sees_it(arrive: Arrive) -> None:
    ada = await arrive("Ada")
    await ada.register(email())
    link = await ada.start_meeting()
    guest = await arrive("Gus")
    await guest.join(link)
    panel = await ada.open_panel("Chat")
    await panel.get_by_label("Message", exact=True).focus()
    await give(Chatter(ada), "paste", ".composer textarea", "shot.png", picture())
    await expect(panel.get_by_text(re.compile("Being checked|Ready to send"))).to_be_visible()
    await ada.button("Send message").click()
    theirs = await guest.open_panel("Chat")
    await is_painted(theirs.get_by_role("button", name="Show shot.png").get_by_role("img"))
    await expect(theirs.get_by_role("button", name=re.compile("^Attach files"))).to_have_count(0)


async def test_what_cannot_be_sent_is_told_and_never_arrives(arrive: Arrive) -> None:
    ada, bela = await registered(arrive, "Ada", "Bela")
    await ada.write_to(bela)
    await choose(
        ada,
        a_file("page.html", "text/html", b"<script>alert(1)</script>"),
        a_file("empty.txt", "text/plain", b""),
        a_file("photo.png", "image/png", b"%PDF-1.7 this is no picture"),
    )
    await expect(pending(ada).filter(has_text="page.html")).to_contain_text("This type cannot be sent")
    await expect(pending(ada).filter(has_text="empty.txt")).to_contain_text("The file is empty")
    await expect(pending(ada).filter(has_text="photo.png")).to_contain_text("it is not what its name says")
    await expect(ada.person.button("Send message")).to_be_disabled()
    for name in ("page.html", "empty.txt", "photo.png"):
        await ada.person.button(f"Do not send {name}").click()
    await ada.say("Nothing then")
    await bela.open("Ada")
    await bela.reads("Nothing then")
    await expect(bela.log.get_by_role("button", name=re.compile("^(Show|Download) "))).to_have_count(0)


async def test_an_upload_that_breaks_off_is_tried_again(arrive: Arrive) -> None:
    ada, bela = await registered(arrive, "Ada", "Bela")
    await ada.write_to(bela)
    broken: list[Any] = []

    async def break_once(route: Any) -> None:
        if route.request.method == "PUT" and not broken:
            broken.append(route.request.url)
            await route.abort()
        else:
            await route.continue_()

    await ada.page.route(re.compile("/uploads/"), break_once)
    await choose(ada, a_file("sea.png", "image/png", picture()))
    await expect(pending(ada)).to_contain_text("The upload broke off")
    await ada.person.button("Upload sea.png again").click()
    await expect(pending(ada)).to_contain_text(re.compile("Being checked|Ready to send"))
    await send(ada)
    await bela.open("Ada")
    await is_painted(bela.log.get_by_role("button", name="Show sea.png").get_by_role("img"))


async def test_words_are_found_again_and_lead_to_their_place(arrive: Arrive) -> None:
    ada, bela, eve = await registered(arrive, "Ada", "Bela", "Eve")
    await ada.write_to(bela)
    await ada.say("The apples are ripe")
    for number in range(3):
        await ada.say(f"And something else {number}")
    await expect(bela.row("Ada", unread=4)).to_be_visible()
    for person in (bela, eve):
        await person.list.get_by_role("searchbox").fill("apple")
    await expect(eve.page.get_by_text("No message has these words.")).to_be_visible()
    row = bela.page.get_by_role("region", name="Messages", exact=True).get_by_role("link")
    await expect(row.locator("mark")).to_have_text("apples")
    await row.click()
    await expect(bela.message("The apples are ripe")).to_be_focused()


async def test_a_picture_of_oneself_is_seen_by_others(arrive: Arrive) -> None:
    ada, bela = await registered(arrive, "Ada", "Bela")
    await ada.write_to(bela)
    await ada.say("Do you see me?")
    await ada.see_state("Do you see me?", "Sent")
    await ada.page.goto(f"{ada.person.base}/account")
    await ada.person.button("Choose a picture").wait_for()
    await choose(ada, a_file("me.png", "image/png", picture((300, 900))))
    await is_painted(ada.page.locator(".settings-who .avatar img"))
    await ada.person.button("Change picture").wait_for()
    await bela.page.reload()
    await bela.open("Ada")
    await is_painted(bela.list.locator(".avatar img"))
    await ada.person.button("Remove picture").click()
    await ada.person.button("Choose a picture").wait_for()
    await choose(ada, a_file("me.png", "image/png", b"%PDF-1.7 no picture"))
    await expect(ada.page.get_by_text("it is not what its name says")).to_be_visible()
