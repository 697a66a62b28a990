"""The README's picture, taken from the running product: four people in a meeting, with the chat open.

    python -m tests.pictures

Starts the stack, gives each person a Chromium with a drawn camera, and writes docs/images/meeting.png.
"""

import asyncio
import contextlib
import tempfile
import wave
from collections.abc import AsyncIterator
from pathlib import Path

from playwright.async_api import ViewportSize, async_playwright

from local.stack import Options, Stack
from tests import browser as chromium
from tests.flows.conftest import email
from tests.flows.people import Person
from tests.portraits import PORTRAITS, Portrait, write_film

ROOT = Path(__file__).parents[1]
PICTURE = ROOT / "docs/images/meeting.png"
SIZE: ViewportSize = {"width": 1280, "height": 800}
HOST, *GUESTS = PORTRAITS
# Chromium's own fake microphone beeps, which shows as speaking: one person at a time is enough.
SPEAKER = GUESTS[0]


async def take(folder: Path) -> None:
    stack = Stack(ROOT, folder / "stack", options=Options(durable=False, s3=False))
    await stack.start()
    try:
        await stack.warm()
        async with contextlib.AsyncExitStack() as open_browsers:
            people = {
                who: await open_browsers.enter_async_context(at_their_desk(who, stack.url, folder))
                for who in PORTRAITS
            }
            await meet(people)
            await talk(people)
            await people[HOST].page.mouse.move(0, 0)
            await people[HOST].page.screenshot(path=PICTURE)
    finally:
        await stack.stop()


@contextlib.asynccontextmanager
async def at_their_desk(who: Portrait, url: str, folder: Path) -> AsyncIterator[Person]:
    film = folder / f"{who.name}.y4m"
    write_film(film, who)
    devices = [f"--use-file-for-fake-video-capture={film}"]
    if who is not SPEAKER:
        devices.append(f"--use-file-for-fake-audio-capture={silence(folder)}")
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=chromium.executable(), args=[*chromium.ARGUMENTS, *devices]
        )
        yield await Person.arrive(browser, url, who.name, viewport=SIZE, color_scheme="light")
        await browser.close()


def silence(folder: Path) -> Path:
    path = folder / "silence.wav"
    with wave.open(str(path), "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(48_000)
        sound.writeframes(bytes(2 * 48_000))
    return path


async def meet(people: dict[Portrait, Person]) -> None:
    host = people[HOST]
    await host.register(email())
    answer = await host.context.request.post(
        f"{host.base}/v1/meetings",
        data={"title": "Product weekly", "type": "instant"},
        headers={"authorization": f"Bearer {await host.access_token()}"},
    )
    link = f"{host.base}/m/{(await answer.json())['code']}"
    for person in people.values():
        await person.open(link)
        await person.page.locator("video").first.wait_for()
        await person.button("Join now").click()
        await person.in_meeting()
    await asyncio.gather(*(host.sees(people[guest]) for guest in GUESTS))


async def talk(people: dict[Portrait, Person]) -> None:
    amara, (jonas, mei, tomas) = people[HOST], (people[guest] for guest in GUESTS)
    await tomas.press("Mute microphone")
    await jonas.say("Morning! The new layout is on the preview server.")
    await mei.say("Nice. On my phone the tiles stay put now when somebody joins.")
    await amara.say("Shall we ship it on Thursday?")
    await amara.reads("Nice. On my phone the tiles stay put now when somebody joins.")
    await jonas.reads("Shall we ship it on Thursday?")
    await jonas.page.get_by_role("button", name=f"Reply to {amara.name}").click()
    await jonas.say("Thursday works for me.")
    await amara.reads("Thursday works for me.")
    await mei.say("Could you take the release notes? I am away on Wednesday.", to=amara)
    await amara.reads("Could you take the release notes? I am away on Wednesday.")
    # What came and went is over, and the bandwidth estimate has let the pictures become sharp.
    await asyncio.sleep(12)
    await amara.page.evaluate("() => document.activeElement.blur()")


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as made:
        asyncio.run(take(Path(made)))
    print(f"{PICTURE.relative_to(ROOT)}: {PICTURE.stat().st_size // 1000} kB")
