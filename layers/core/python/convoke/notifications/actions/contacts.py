"""Somebody was added as a contact. They may want to do the same: each lets the other see them, or not."""

from datetime import datetime
from urllib.parse import quote

from convoke.backends.postgres import transaction
from convoke.contacts import actions as contacts
from convoke.identity.model import Principal
from convoke.notifications.actions.notify import dispatch, notify
from convoke.notifications.model.notification import NotificationType


def contact_added(principal: Principal, user_id: str, now: datetime) -> None:
    """Once for each pair, however often one removes and adds the other. In a transaction of its own: contacts
    stand below notifications, and a note that is lost is no loss."""
    with transaction(principal) as conn:
        me = contacts.cards(conn, [principal.key]).get(principal.key)
        if me is None:
            return
        pending = notify(
            conn,
            user_ids=[user_id],
            type=NotificationType.CONTACT,
            title=f"{me.display_name} added you as a contact",
            message="Add them too, and they see when you are online.",
            data={"user_id": me.user_id},
            action_url=f"/contacts?find={quote(me.display_name)}",
            event_key=f"contact:{me.user_id}",
            subject=f"contact:{me.user_id}",
            now=now,
        )
    dispatch(pending, now)
