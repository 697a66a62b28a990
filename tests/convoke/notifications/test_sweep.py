"""What goes with time: what was read, what nobody reads, and devices that nobody uses."""

from datetime import timedelta

import pytest
from psycopg.errors import QueryCanceled

from convoke.notifications import actions
from convoke.notifications.actions import sweep
from convoke.notifications.store import notifications, subscriptions
from tests.conftest import Product
from tests.convoke.notifications.conftest import NOW, NewReader, Reader, Tell, Waiting
from tests.push_service import PushService

DAY = timedelta(days=1)


def _keys(product: Product, reader: Reader) -> list[str]:
    rows = product.rows("SELECT event_key FROM notifications WHERE user_id = %s ORDER BY 1", reader.id)
    return [row["event_key"] for row in rows]


def test_what_was_read_goes_after_thirty_days_and_what_was_not_after_a_year(
    ada: Reader, tell: Tell, product: Product
) -> None:
    tell(ada, event_key="read")
    tell(ada, event_key="unread")
    product.owner.execute("UPDATE notifications SET read_at = %s WHERE event_key = 'read'", (NOW + DAY,))
    assert actions.sweep_notifications(NOW + 31 * DAY - timedelta(seconds=1)).removed == 0
    assert actions.sweep_notifications(NOW + 32 * DAY).removed == 1
    assert _keys(product, ada) == ["unread"]
    assert actions.sweep_notifications(NOW + 364 * DAY).removed == 0
    assert actions.sweep_notifications(NOW + 366 * DAY).removed == 1


def test_what_is_in_no_list_goes_like_what_was_read(
    new_reader: NewReader, tell: Tell, product: Product
) -> None:
    ada = new_reader("Ada")
    ada.wish("contact", email=True)
    tell(ada, event_key="mail only")
    actions.sweep_notifications(NOW + 31 * DAY)
    assert _keys(product, ada) == []
    assert product.rows("SELECT 1 FROM notification_deliveries") == []


def test_a_device_that_was_not_renewed_for_thirty_days_goes(
    ada: Reader, service: PushService, product: Product
) -> None:
    ada.subscribe(service.device())
    assert actions.sweep_notifications(NOW + 29 * DAY).devices_removed == 0
    assert actions.sweep_notifications(NOW + 31 * DAY).devices_removed == 1


def test_devices_go_in_portions(
    ada: Reader, service: PushService, product: Product, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sweep, "IN_ONE_RUN", 2)
    for name in ("phone", "laptop", "tablet"):
        ada.subscribe(service.device(name))
    assert actions.sweep_notifications(NOW + 31 * DAY).devices_removed == 2
    assert actions.sweep_notifications(NOW + 31 * DAY).devices_removed == 1


@pytest.mark.parametrize("store", [notifications, subscriptions])
def test_what_cannot_be_removed_keeps_no_letter_waiting(
    store: object, ada: Reader, tell: Tell, waiting: Waiting, monkeypatch: pytest.MonkeyPatch
) -> None:
    def too_slow(*_: object, **__: object) -> int:
        raise QueryCanceled("canceling statement due to statement timeout")

    monkeypatch.setattr(store, "remove_old", too_slow)
    ada.wish("contact", email=True)
    tell(ada, event_key="mail")
    assert len(waiting.orders()) == 1
    with pytest.raises(QueryCanceled):
        actions.sweep_notifications(NOW + timedelta(minutes=2))
    assert len(waiting.orders()) == 1
