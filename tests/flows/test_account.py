"""One's own account in the browser: a new name, and an end to a session elsewhere."""

from playwright.async_api import expect

from tests.flows.conftest import Api, Arrive, email


async def test_a_name_is_changed_and_another_session_ended(arrive: Arrive, api: Api) -> None:
    ada = await arrive("Ada")
    await ada.register(email())
    elsewhere = await ada.access_token()
    await ada.page.get_by_role("button", name="Account of Ada").click()
    await ada.page.get_by_role("menuitem", name="Account").click()
    sessions = ada.page.get_by_role("region", name="Where you are signed in").get_by_role("listitem")
    await expect(sessions).to_have_count(2)
    await expect(sessions.first).to_contain_text("This device")

    await ada.page.get_by_label("Your name").fill("Ada King")
    await ada.button("Save changes").click()
    await ada.page.get_by_role("button", name="Account of Ada King").wait_for()

    await sessions.last.get_by_role("button").click()
    await expect(sessions).to_have_count(1)
    status, answer = await api.ask("GET", "/v1/me/sessions", token=elsewhere)
    assert status == 401, answer
    await ada.page.reload()
    await expect(ada.page.get_by_label("Your name")).to_have_value("Ada King")

    await ada.button("Log out of this device").click()
    await ada.page.get_by_role("link", name="Create account").wait_for()
    await ada.page.goto(f"{ada.base}/account")
    await ada.page.get_by_role("heading", name="Log in").wait_for()
