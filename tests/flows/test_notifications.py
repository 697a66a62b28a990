"""Being told, in real browsers: the bell on all devices, the page, wishes, pushes while no page is open."""

import asyncio
import contextlib
import json
import re
from collections.abc import AsyncIterator, Callable
from typing import Any

from playwright.async_api import Browser, Locator, Page, Worker, expect

from local.stack import Stack
from tests.flows.conftest import Api, Arrive, email
from tests.flows.people import PASSWORD, PATIENCE_SECONDS, Person, eventually
from tests.push_service import Device, PushService

Rows = Callable[..., list[dict[str, Any]]]
PHONE = {"viewport": {"width": 360, "height": 740}, "has_touch": True, "is_mobile": True}
# No browser here reaches its vendor's push service; whatever else it does is its own.
SUBSCRIBE = """
(subscription) => {
  PushManager.prototype.subscribe = async function (options) {
    window.subscribedWith = btoa(String.fromCharCode(...new Uint8Array(options.applicationServerKey)));
    return { toJSON: () => subscription, options, unsubscribe: async () => true };
  };
}
"""


async def _another_device(person: Person, browser: Browser) -> Person:
    other = await Person.arrive(browser, person.base, person.name)
    await other.page.goto(f"{person.base}/login")
    await other.page.get_by_label("Email").fill(person.email)
    await other.page.get_by_label("Password").fill(PASSWORD)
    await other.page.get_by_role("main").get_by_role("button", name="Log in").click()
    await other.button("New meeting").wait_for()
    return other


def _bell(page: Page, unread: int) -> Locator:
    name = f"Notifications, {unread} unread" if unread else "Notifications"
    return page.get_by_role("button", name=name, exact=True)


def _row(place: Page | Locator, title: str) -> Locator:
    return place.get_by_role("listitem").filter(has_text=title)


async def _id(api: Api, token: str) -> str:
    status, me = await api.ask("GET", "/v1/me", token=token)
    assert status == 200, me
    return str(me["id"])


async def _miss_a_call(api: Api, caller: str, callee_id: str) -> None:
    status, started = await api.ask(
        "POST", "/v1/calls", {"user_ids": [callee_id], "media_type": "audio"}, token=caller
    )
    assert status == 201, started
    status, _ = await api.ask("POST", f"/v1/calls/{started['call']['id']}/cancel", token=caller)
    assert status == 200


async def test_what_one_missed_is_on_all_devices_until_it_is_read(
    arrive: Arrive, browser: Browser, api: Api
) -> None:
    ada = await arrive("Ada")
    await ada.register(email())
    other = await _another_device(ada, browser)
    bob = await api.register("Bob")
    await _miss_a_call(api, bob, await _id(api, await ada.access_token()))
    for device in (ada, other):
        await expect(_bell(device.page, 1)).to_be_visible()

    await _bell(ada.page, 1).click()
    popover = ada.page.get_by_role("dialog", name="Notifications")
    missed = _row(popover, "Missed call from Bob")
    await expect(missed.get_by_role("button", name="Call back")).to_be_visible()
    await missed.get_by_role("button", name="Mark “Missed call from Bob” as read").click()
    for device in (ada, other):
        await expect(_bell(device.page, 0)).to_be_visible()
    await ada.page.keyboard.press("Escape")
    await expect(popover).to_have_count(0)

    await _miss_a_call(api, bob, await _id(api, await ada.access_token()))
    await _bell(other.page, 1).click()
    await other.page.get_by_role("link", name="See all").click()
    await expect(other.page.get_by_role("heading", name="Today")).to_be_visible()
    rows = other.page.get_by_role("main").get_by_role("listitem")
    await expect(rows).to_have_count(2)
    await other.page.get_by_role("button", name="Mark all as read").click()
    await expect(_bell(ada.page, 0)).to_be_visible()
    await other.button("Unread").click()
    await expect(other.page.get_by_text("All read")).to_be_visible()
    await other.page.get_by_role("button", name="All", exact=True).click()
    await rows.first.get_by_role("button", name=re.compile("^Remove")).click()
    await expect(rows).to_have_count(1)
    await other.go_home()


async def test_an_invitation_leads_to_what_it_is_about(arrive: Arrive, api: Api) -> None:
    ada = await arrive("Ada")
    await ada.register(email())
    bob = await api.register("Bob")
    meeting = await api.meeting(bob)
    invited = {"user_ids": [await _id(api, await ada.access_token())]}
    status, answer = await api.ask("POST", f"/v1/meetings/{meeting['id']}/invitations", invited, token=bob)
    assert status == 201, answer
    await _bell(ada.page, 1).click()
    row = ada.page.get_by_role("dialog", name="Notifications").get_by_role("listitem")
    await row.get_by_role("button", name="Open invitation").click()
    await expect(_bell(ada.page, 0)).to_be_visible()
    assert ada.page.url != f"{ada.base}/"


async def test_wishes_are_kept_and_a_mails_link_ends_mails(
    arrive: Arrive, browser: Browser, api: Api, stack: Stack
) -> None:
    ada = await arrive("Ada", **PHONE)
    await ada.register(email())
    await ada.page.goto(f"{ada.base}/account#notifications")
    cell = ada.page.get_by_role("checkbox", name="Missed calls: Email")
    await expect(cell).not_to_be_checked()
    async with ada.page.expect_response("**/v1/me/notification-preferences") as saved:
        await cell.check()
    assert (await saved.value).status == 200
    await ada.page.get_by_role("switch", name=re.compile("^Quiet hours")).check()
    await expect(ada.page.get_by_label("From")).to_have_value("22:00")
    # Not the answer to the change before, which may still be on its way.
    async with ada.page.expect_response(
        lambda answer: '"quiet_hours":null' in (answer.request.post_data or "")
    ):
        await ada.page.get_by_role("switch", name=re.compile("^Quiet hours")).uncheck()
    width = await ada.page.evaluate("document.documentElement.scrollWidth")
    assert width <= 360
    await ada.page.reload()
    await expect(cell).to_be_checked()

    bob = await api.register("Bob")
    await _miss_a_call(api, bob, await _id(api, await ada.access_token()))

    async def letters() -> list[dict[str, Any]]:
        _, found = await api.ask("GET", f"/local/mail?to={ada.email}")
        return list(found["items"])

    [letter] = await eventually(letters, bool)
    assert letter["subject"] == "Missed call from Bob"
    link = re.search(r"No more mails of this kind: (\S+)", letter["text"])
    assert link is not None
    # In another browser, where nobody is signed in.
    stranger = await Person.arrive(browser, ada.base, "Reader")
    await stranger.page.goto(link[1])
    await stranger.button("Stop these emails").click()
    await expect(
        stranger.page.get_by_text("You get no more emails of this kind: Missed calls")
    ).to_be_visible()
    await stranger.go_home()
    await ada.page.reload()
    await expect(cell).not_to_be_checked()


async def _registration(page: Page) -> tuple[Any, str]:
    """A line to the browser's own push client, and the number of the page's service worker there."""
    line = await page.context.new_cdp_session(page)
    known: asyncio.Future[str] = asyncio.get_running_loop().create_future()

    def updated(event: dict[str, Any]) -> None:
        for each in event["registrations"]:
            if not known.done():
                known.set_result(each["registrationId"])

    line.on("ServiceWorker.workerRegistrationUpdated", updated)
    await line.send("ServiceWorker.enable")
    return line, await asyncio.wait_for(known, PATIENCE_SECONDS)


async def test_a_message_reaches_who_has_no_page_open(
    arrive: Arrive, api: Api, push_service: PushService, rows: Rows
) -> None:
    ada = await arrive("Ada")
    await ada.context.grant_permissions(["notifications"], origin=ada.base)
    phone = push_service.device(email())
    await ada.page.add_init_script(f"({SUBSCRIBE})({json.dumps(phone.subscription())})")
    await ada.register(email())
    await ada.page.goto(f"{ada.base}/account#notifications")
    await ada.button("Turn on").click()
    await expect(ada.page.get_by_text("This device shows notifications.")).to_be_visible()
    await expect(ada.page.get_by_text("Not notified yet")).to_be_visible()
    line, registration = await _registration(ada.page)
    me = await _id(api, await ada.access_token())
    await ada.page.goto("about:blank")

    bob = await api.register("Bob")
    status, chat = await api.ask("POST", "/v1/chats", {"kind": "direct", "user_id": me}, token=bob)
    assert status == 201, chat
    for number in range(3):
        said = {"client_id": f"m-{number}", "content": f"Lunch {number}?"}
        status, _ = await api.ask("POST", f"/v1/chats/{chat['id']}/messages", said, token=bob)
        assert status == 201

    async def got() -> list[dict[str, Any]]:
        return phone.got(push_service)

    # A page that was just closed may count as open for one more look, half a minute later.
    [push] = await eventually(got, bool, seconds=60 + PATIENCE_SECONDS)
    assert push_service.refused == []
    assert push["title"] == "Bob"
    assert push["body"] == "3 new messages\nLunch 2?"
    # Three messages are one thing to tell.
    assert push["url"] == f"/chats/{chat['id']}"
    await _shows_and_opens(ada, line, registration, push)

    [sent] = rows(
        "SELECT count(*) AS pushes FROM notification_deliveries d"
        " JOIN notifications n USING (notification_id) WHERE n.user_id = %s AND d.status = 'sent'",
        me,
    )
    assert sent["pushes"] == 1


@contextlib.asynccontextmanager
async def _displayed(line: Any) -> AsyncIterator[None]:
    """What is done inside brings a notification to the screen."""
    done = asyncio.Event()

    def told(event: dict[str, Any]) -> None:
        if event["backgroundServiceEvent"]["eventName"] == "Notification displayed":
            done.set()

    line.on("BackgroundService.backgroundServiceEventReceived", told)
    await line.send("BackgroundService.startObserving", {"service": "notifications"})
    await line.send("BackgroundService.setRecording", {"service": "notifications", "shouldRecord": True})
    yield
    await asyncio.wait_for(done.wait(), PATIENCE_SECONDS)


async def _shows_and_opens(person: Person, line: Any, registration: str, push: dict[str, Any]) -> None:
    """The browser's push client hands over what came; a click on what is shown leads to the chat."""
    await person.page.goto(person.base)
    await person.button("New meeting").wait_for()
    message = {"origin": person.base, "registrationId": registration, "data": json.dumps(push)}
    # Not asked before: Chromium forgets one that is asked for while it is on its way to the screen.
    async with _displayed(line):
        await line.send("ServiceWorker.deliverPushMessage", message)

    async def shown() -> list[Any]:
        found: list[Any] = await person.page.evaluate(
            "navigator.serviceWorker.ready.then((r) => r.getNotifications())"
            ".then((all) => all.map((one) => [one.title, one.body, one.tag]))"
        )
        return found

    assert await shown() == [[push["title"], push["body"], push["tag"]]]

    async def workers() -> list[Worker]:
        return person.context.service_workers

    [worker] = await eventually(workers, bool)
    await worker.evaluate(
        "self.registration.getNotifications().then(([one]) =>"
        " self.dispatchEvent(new NotificationEvent('notificationclick', { notification: one })))"
    )
    await person.page.wait_for_url(f"**{push['url']}")
    await expect(person.page.get_by_role("log", name="Messages")).to_contain_text("Lunch 2?")
    assert await eventually(shown, lambda found: not found) == []


async def test_turning_it_off_ends_it_on_the_server_too(
    arrive: Arrive, push_service: PushService, rows: Rows
) -> None:
    ada = await arrive("Ada")
    await ada.context.grant_permissions(["notifications"], origin=ada.base)
    device = Device(f"{push_service.origin}/push/{email()}")
    await ada.page.add_init_script(f"({SUBSCRIBE})({json.dumps(device.subscription())})")
    await ada.register(email())
    await ada.page.goto(f"{ada.base}/account#notifications")
    await ada.button("Turn on").click()
    await expect(ada.button("Turn off")).to_be_visible()
    kept = "SELECT endpoint FROM push_subscriptions WHERE endpoint = %s"
    assert len(rows(kept, device.endpoint)) == 1
    await ada.button("Turn off").click()
    await expect(ada.button("Turn on")).to_be_visible()

    async def there() -> list[dict[str, Any]]:
        return rows(kept, device.endpoint)

    assert await eventually(there, lambda found: not found) == []
