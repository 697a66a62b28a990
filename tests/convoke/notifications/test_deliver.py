"""What goes out goes when it may and is worth it, and again when the other side has surely not taken it."""

import pytest

from convoke.backends.postgres import System, transaction
from convoke.notifications import actions
from convoke.notifications.model.delivery import MAX_ATTEMPTS
from convoke.notifications.model.push import MAX_FAILURES
from convoke.settings import settings
from tests.conftest import Product
from tests.convoke.notifications.conftest import (
    HOUR,
    MINUTE,
    NOW,
    SECOND,
    NewReader,
    Reader,
    Tell,
    Waiting,
    run,
    states,
)
from tests.mailbox import Letters
from tests.push_service import PushService

pytestmark = pytest.mark.usefixtures("nothing_told")


def test_a_push_says_for_how_long_and_how_urgent_it_is(
    ada: Reader, tell: Tell, service: PushService, product: Product
) -> None:
    ada.subscribe(service.device())
    tell(ada, type="incoming_call", subject="call:1", expires_at=NOW + 30 * SECOND)
    tell(ada, type="missed_call", subject="call:1", event_key="later", now=NOW + SECOND)
    tell(ada, type="contact", event_key="without subject", now=NOW + 2 * SECOND)
    run(product, NOW + 10 * SECOND)
    ringing, missed, contact = (push.headers for push in service.pushes)
    assert (ringing["ttl"], ringing["urgency"]) == ("20", "high")
    # At the service as on the device, the one takes the place of the other.
    assert ringing["topic"] == missed["topic"]
    assert "topic" not in contact
    assert contact["ttl"] == str(2 * 24 * 3600)


def test_a_laptop_is_written_to_at_its_mail_address(
    ada: Reader, tell: Tell, service: PushService, product: Product, monkeypatch: pytest.MonkeyPatch
) -> None:
    ada.subscribe(service.device())
    tell(ada)
    monkeypatch.setenv("PUBLIC_URL", "http://127.0.0.1:8080")
    settings.cache_clear()
    assert run(product).sent == 1
    assert service.pushes[0].sender["sub"] == "mailto:noreply@convoke.test"


def test_a_service_that_is_busy_is_asked_again_later_and_later(
    ada: Reader, tell: Tell, service: PushService, waiting: Waiting, product: Product
) -> None:
    device = service.device()
    ada.subscribe(device)
    tell(ada)
    waiting.orders()
    service.answers[device.path] = [503, 429, 500]
    assert run(product).waiting == 1
    # The queue brings it back by itself.
    assert waiting.delayed() == 1
    assert run(product, NOW + 29 * SECOND) == actions.Delivered()
    assert run(product, NOW + 30 * SECOND).waiting == 1
    assert run(product, NOW + 149 * SECOND) == actions.Delivered()
    assert run(product, NOW + 150 * SECOND).waiting == 1
    assert run(product, NOW + 11 * MINUTE).sent == 1
    assert len(service.pushes) == 1


def test_a_service_that_names_a_time_is_not_asked_before(
    ada: Reader, tell: Tell, service: PushService, product: Product
) -> None:
    device = service.device()
    ada.subscribe(device)
    tell(ada)
    service.answers[device.path], service.retry_after = [429], "600"
    assert run(product).waiting == 1
    assert run(product, NOW + 599 * SECOND) == actions.Delivered()
    assert run(product, NOW + 600 * SECOND).sent == 1


def test_what_is_never_taken_is_given_up(
    ada: Reader, tell: Tell, service: PushService, product: Product
) -> None:
    device = service.device()
    ada.subscribe(device)
    tell(ada)
    service.answers[device.path] = [503] * 20
    for attempt in range(MAX_ATTEMPTS):
        now = NOW + attempt * 10 * HOUR
        service.clock = now.timestamp
        done = run(product, now)
        assert (done.waiting, done.failed) == ((1, 0) if attempt < MAX_ATTEMPTS - 1 else (0, 1))
    assert states(product) == [("failed", "status 503", MAX_ATTEMPTS)]


def test_a_call_is_tried_again_in_seconds_and_not_after_it_has_stopped_ringing(
    ada: Reader, tell: Tell, service: PushService, product: Product
) -> None:
    device = service.device()
    ada.subscribe(device)
    tell(ada, type="incoming_call")
    service.answers[device.path] = [503, 503, 503]
    assert run(product).waiting == 1
    assert run(product, NOW + 5 * SECOND).waiting == 1
    # The next would be 80 s later.
    assert run(product, NOW + 25 * SECOND).failed == 1


@pytest.mark.parametrize("status", [404, 410])
def test_a_browser_that_has_ended_it_is_forgotten(
    status: int, ada: Reader, tell: Tell, service: PushService, product: Product
) -> None:
    gone, there = service.device("gone"), service.device("there")
    ada.subscribe(gone)
    ada.subscribe(there)
    service.answers[gone.path] = [status]
    tell(ada)
    run(product)
    found = product.rows("SELECT endpoint FROM push_subscriptions WHERE user_id = %s", ada.id)
    assert [row["endpoint"] for row in found] == [there.endpoint]
    assert len(there.got(service)) == 1


def test_a_browser_whose_service_refuses_for_long_is_not_tried_for_ever(
    ada: Reader, tell: Tell, service: PushService, product: Product
) -> None:
    device = service.device()
    ada.subscribe(device)
    service.answers[device.path] = [400] * MAX_FAILURES
    for number in range(MAX_FAILURES):
        tell(ada, event_key=f"e-{number}")
        run(product)
    assert product.rows("SELECT 1 FROM push_subscriptions WHERE user_id = %s", ada.id) == []


def test_a_service_that_the_deployment_no_longer_knows_is_not_talked_to(
    ada: Reader, tell: Tell, service: PushService, product: Product, monkeypatch: pytest.MonkeyPatch
) -> None:
    ada.subscribe(service.device())
    tell(ada)
    monkeypatch.setenv("PUSH_SERVICES", "https://fcm.googleapis.com")
    settings.cache_clear()
    assert run(product).dropped == 1
    assert (service.pushes, service.refused) == ([], [])


def test_mail_that_ses_takes_later_is_sent_later_and_what_it_never_takes_is_not(
    ada: Reader, tell: Tell, mailbox: Letters, product: Product
) -> None:
    tell(ada, type="system")
    mailbox.answers = [429]
    assert run(product).waiting == 1
    assert run(product, NOW + MINUTE).sent == 1
    tell(ada, type="system", event_key="other")
    mailbox.answers = [400]
    assert run(product).failed == 1
    assert len(mailbox.messages()) == 1


def test_quiet_hours_hold_back_mail_and_push_but_not_the_list(
    new_reader: NewReader, tell: Tell, service: PushService, mailbox: Letters, product: Product
) -> None:
    ada = new_reader("Ada", timezone="Europe/Berlin")
    ada.subscribe(service.device())
    ada.keep({"quiet_hours": {"start": "22:00", "end": "07:00"}})
    night, morning = NOW + 10 * HOUR, NOW + 18 * HOUR  # 23:00 and 07:00 in Berlin
    tell(ada, type="invitation", now=night)
    assert run(product, night).waiting == 2
    assert product.rows("SELECT in_app FROM notifications")[0]["in_app"]
    assert run(product, morning - SECOND) == actions.Delivered()
    service.clock = morning.timestamp
    assert run(product, morning).sent == 2
    assert (len(service.pushes), len(mailbox.messages())) == (1, 1)


def test_a_call_in_quiet_hours_is_dropped_and_never_late(
    new_reader: NewReader, tell: Tell, service: PushService, product: Product
) -> None:
    ada = new_reader("Ada")
    ada.subscribe(service.device())
    ada.keep({"quiet_hours": {"start": "11:00", "end": "13:00"}})
    tell(ada, type="incoming_call")
    assert run(product).dropped == 1
    assert states(product) == [("suppressed", "quiet hours", 0)]


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ("UPDATE notifications SET read_at = now()", "read"),
        ("UPDATE notifications SET revision = revision + 1", "superseded"),
        ("UPDATE notifications SET expires_at = '2026-11-20 12:00+00'", "expired"),
        ("UPDATE users SET status = 'suspended'", "unwanted"),
        (
            'UPDATE users SET notification_preferences = \'{"channels": {"contact": '
            '{"in_app": true, "email": false, "push": false}}}\'',
            "unwanted",
        ),
    ],
)
def test_what_became_needless_in_the_meantime_is_not_sent(
    *, change: str, reason: str, ada: Reader, tell: Tell, service: PushService, product: Product
) -> None:
    ada.subscribe(service.device())
    tell(ada)
    product.owner.execute(change.encode())
    assert run(product).dropped == 1
    assert states(product) == [("suppressed", reason, 0)]
    assert service.pushes == []


def test_a_call_answered_elsewhere_does_not_ring_any_more(
    ada: Reader, tell: Tell, service: PushService, product: Product
) -> None:
    ada.subscribe(service.device())
    tell(ada, type="incoming_call", subject="call:1")
    with transaction(System()) as conn:
        settled = actions.settle(conn, user_ids=[ada.id], subject="call:1", now=NOW)
    actions.announce_settled(settled, NOW)
    assert run(product).dropped == 1
    assert service.pushes == []
