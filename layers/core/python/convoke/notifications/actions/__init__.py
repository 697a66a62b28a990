"""What can be asked of notifications; one module per subject, and their functions by name here."""

from convoke.notifications.actions.contacts import contact_added
from convoke.notifications.actions.deliver import Delivered, deliver
from convoke.notifications.actions.inbox import (
    count_unread,
    list_notifications,
    mark_all_read,
    mark_read,
    remove,
)
from convoke.notifications.actions.messages import message_sent, tell_missed
from convoke.notifications.actions.notify import (
    Pending,
    Settled,
    announce_settled,
    dispatch,
    notify,
    settle,
)
from convoke.notifications.actions.preferences import (
    change_preferences,
    read_preferences,
    unsubscribe,
    unsubscribe_headers,
    wanting,
)
from convoke.notifications.actions.subscriptions import (
    forget_session,
    list_subscriptions,
    push_key,
    subscribe,
    unsubscribe_device,
)
from convoke.notifications.actions.sweep import SweptNotifications, sweep_notifications

__all__ = [
    "Delivered",
    "Pending",
    "Settled",
    "SweptNotifications",
    "announce_settled",
    "change_preferences",
    "contact_added",
    "count_unread",
    "deliver",
    "dispatch",
    "forget_session",
    "list_notifications",
    "list_subscriptions",
    "mark_all_read",
    "mark_read",
    "message_sent",
    "notify",
    "push_key",
    "read_preferences",
    "remove",
    "settle",
    "subscribe",
    "sweep_notifications",
    "tell_missed",
    "unsubscribe",
    "unsubscribe_device",
    "unsubscribe_headers",
    "wanting",
]
