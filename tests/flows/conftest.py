"""The whole stack, started once for all flows, with two media nodes; and a real Chromium."""

import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Generator, Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import aiohttp
import psycopg
import pytest
import pytest_asyncio
from playwright.async_api import Browser, async_playwright, expect
from psycopg.rows import dict_row

from local.stack import Options, Outside, Stack
from tests import browser as chromium
from tests.flows.people import PASSWORD, PATIENCE_SECONDS, Person
from tests.push_service import PushService

ROOT = Path(__file__).parents[2]
# Playwright's own 5 s are not enough for several functions, one after the other, on a slow machine.
expect.set_options(timeout=PATIENCE_SECONDS * 1000)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Flows share the stack's event loop."""
    for item in items:
        if "tests/flows" in str(item.path) and item.get_closest_marker("asyncio"):
            item.add_marker(pytest.mark.asyncio(loop_scope="session"), append=False)
            item.add_marker(pytest.mark.timeout(240))


@pytest.fixture(scope="session")
def push_service() -> Iterator[PushService]:
    """In the place of the browser vendor's, which no test machine reaches."""
    with PushService() as service:
        yield service


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def stack(tmp_path_factory: pytest.TempPathFactory, push_service: PushService) -> AsyncIterator[Stack]:
    made = Stack(
        ROOT,
        tmp_path_factory.mktemp("stack"),
        nodes=2,
        options=Options(durable=False),
        outside=Outside(push_services=push_service.origin),
        report=print,
    )
    await made.start()
    try:
        await made.warm()
        yield made
    finally:
        await made.stop()


@contextlib.asynccontextmanager
async def chromium_of_its_own() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        made = await playwright.chromium.launch(
            executable_path=chromium.executable(), args=list(chromium.ARGUMENTS)
        )
        yield made
        await made.close()


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser() -> AsyncIterator[Browser]:
    async with chromium_of_its_own() as made:
        yield made


Arrive = Callable[..., Awaitable[Person]]


_failed = pytest.StashKey[bool]()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    item.stash[_failed] = item.stash.get(_failed, False) or report.failed
    return report


async def show(person: Person) -> None:
    """For the report of a failure: what that person had before them."""
    page = await person.page.locator("body").aria_snapshot(timeout=5000)
    print(f"-- {person.name}, {person.page.url}\n{page}")


@pytest_asyncio.fixture(loop_scope="session")
async def arrive(stack: Stack, browser: Browser, request: pytest.FixtureRequest) -> AsyncIterator[Arrive]:
    """`await arrive("Ada")`: a person with a browser; nobody's page may have thrown anything by the end."""
    people: list[Person] = []

    async def one(name: str, **options: Any) -> Person:
        people.append(await Person.arrive(browser, stack.url, name, **options))
        return people[-1]

    yield one
    errors = {person.name: person.console for person in people if person.console}
    for person in people:
        if request.node.stash.get(_failed, False):
            await show(person)
        await person.go_home()
    assert not errors


class Api:
    """REST as a program uses it."""

    def __init__(self, base: str, http: aiohttp.ClientSession) -> None:
        self.base = base
        self.http = http

    async def ask(
        self, method: str, path: str, body: Any = None, *, token: str | None = None
    ) -> tuple[int, Any]:
        headers = {"authorization": f"Bearer {token}"} if token else {}
        async with self.http.request(method, f"{self.base}{path}", json=body, headers=headers) as answer:
            text = await answer.read()
            return answer.status, await answer.json(content_type=None) if text else None

    async def register(self, name: str) -> str:
        """An access token of a new user."""
        email = f"{name.lower()}-{uuid4().hex[:10]}@example.org"
        body = {"email": email, "password": PASSWORD, "display_name": name}
        status, answer = await self.ask("POST", "/v1/auth/register", body)
        assert status == 201, answer
        return str(answer["access_token"])

    async def meeting(self, token: str, **settings: Any) -> dict[str, Any]:
        status, answer = await self.ask(
            "POST", "/v1/meetings", {"title": "Flow", "type": "instant", "settings": settings}, token=token
        )
        assert status == 201, answer
        found: dict[str, Any] = answer
        return found


@pytest_asyncio.fixture(loop_scope="session")
async def api(stack: Stack) -> AsyncIterator[Api]:
    async with aiohttp.ClientSession() as http:
        yield Api(stack.url, http)


@pytest.fixture
def rows(stack: Stack) -> Callable[..., list[dict[str, Any]]]:
    """`rows(sql, value…)` as the owner: what PostgreSQL holds, past row-level security."""

    def query(text: str, *values: Any) -> list[dict[str, Any]]:
        with psycopg.connect(stack.database_url, row_factory=dict_row) as conn:
            return conn.execute(text.encode(), values).fetchall()

    return query


def email() -> str:
    return f"host-{uuid4().hex[:10]}@example.org"
