"""A node process and a browser for each module of tests that asks for them."""

import itertools
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import pytest
import pytest_asyncio
from aiohttp import web
from playwright.async_api import Page, async_playwright

from tests.browser import ARGUMENTS, executable
from tests.conftest import Database, Stores
from tests.media_node.node_process import NodeProcess
from tests.media_node.people import Person

_rooms = itertools.count(1)


@pytest.fixture(scope="module")
def node_environment(stores: Stores, database: Database) -> dict[str, str]:
    """The registry that nodes of this module report to."""
    return {"REDIS_URL": stores.valkey.url, "DATABASE_URL": database.app_url}


@pytest.fixture(scope="module")
def node(node_environment: dict[str, str]) -> Iterator[NodeProcess]:
    with NodeProcess(node_environment) as process:
        yield process
        assert process.process.poll() is None, f"the node died: {process.process.poll()}, {process.seen[-3:]}"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def page() -> AsyncIterator[Page]:
    """A page with the test client, on an origin where media devices are allowed."""
    html = Path(__file__).with_name("client.html").read_text()

    async def client(_: web.Request) -> web.Response:
        return web.Response(text=html, content_type="text/html")

    app = web.Application()
    app.router.add_get("/", client)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=executable(), args=list(ARGUMENTS))
        opened = await browser.new_page()
        await opened.goto(f"http://127.0.0.1:{runner.addresses[0][1]}/")
        yield opened
        await browser.close()
    await runner.cleanup()


@pytest_asyncio.fixture(loop_scope="module")
async def person(node: NodeProcess, page: Page) -> AsyncIterator[Callable[[str], Person]]:
    """`person("ada")`: a participant of this test's own room; all leave at the end."""
    room = f"room-{next(_rooms)}"
    made: list[Person] = []

    def make(name: str) -> Person:
        made.append(Person(page, node, room, name))
        return made[-1]

    yield make
    for each in made:
        await page.evaluate("(name) => clients[name]?.publish && clients[name].leave()", each.name)
    node.call("DELETE", f"/rooms/{room}")
