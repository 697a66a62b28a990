"""Keep and tell what has become of people's presence: to those who follow them and still may see it."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from convoke.backends.postgres import System, transaction
from convoke.contacts import actions as contacts
from convoke.delivery import actions as delivery
from convoke.presence import live, model, store
from convoke.presence.live import Change
from convoke.presence.model import Presence, State


def announce(changes: Sequence[Change], now: datetime, *, seen: Mapping[str, datetime] | None = None) -> None:
    """Keep when people were last `seen`, tell their watchers what has changed; one transaction at most."""
    changed = [change for change in changes if change.before != change.after]
    if changed or seen:
        _tell(changed, now, seen or {})


def recheck(user_ids: Sequence[str], now: datetime) -> None:
    """Who may not see these people any more is told that they are offline: somebody was blocked."""
    found = zip(user_ids, live.look(user_ids), strict=True)
    still = [(user_id, model.state_in(fields, now)) for user_id, fields in found]
    _tell(
        [Change(user_id, state, state, model.milliseconds(now), 0, save=False) for user_id, state in still],
        now,
        {},
    )


def _tell(changes: Sequence[Change], now: datetime, seen: Mapping[str, datetime]) -> None:
    owners = [change.user_id for change in changes]
    following = live.watchers(owners, now) if owners else []
    viewers = sorted({model.viewer_of(watcher) for watchers in following for watcher in watchers})
    if not viewers and not seen:
        return
    # As the system: what a person may see of another is asked for many pairs at once.
    with transaction(System()) as conn:
        if seen:
            store.save_last_seen(conn, seen)
        shown = contacts.presence_shown(conn, viewers, owners) if viewers else []
    allowed = {(pair.viewer, pair.owner): pair.last_seen_at for pair in shown}
    for change, watchers in zip(changes, following, strict=True):
        if watchers:
            _push(change, watchers, allowed, now)


def _push(
    change: Change,
    watchers: Sequence[str],
    allowed: Mapping[tuple[str, str], datetime | None],
    now: datetime,
) -> None:
    owner, at = change.user_id, model.instant(change.at)
    audience = {model.viewer_of(watcher) for watcher in watchers}
    permitted = {viewer for viewer in audience if (viewer, owner) in allowed}
    shown = [allowed[viewer, owner] for viewer in permitted if allowed[viewer, owner]]
    last_seen = shown[0] if shown and change.after is State.OFFLINE else None
    send(permitted, Presence(user_id=owner, state=change.after, last_seen_at=last_seen, at=at), now)
    refused = audience - permitted
    if refused:
        live.unwatch([owner], [watcher for watcher in watchers if model.viewer_of(watcher) in refused])
        for viewer in refused:
            live.wait(viewer, [owner], now)
        send(refused, Presence(user_id=owner, state=State.OFFLINE, last_seen_at=None, at=at), now)


def send(viewers: set[str], presence: Presence, now: datetime) -> None:
    """To the open sockets of these users."""
    if viewers:
        data = presence.model_dump(mode="json")
        scope = model.scope_of(presence.user_id)
        delivery.push_ephemeral(sorted(viewers), "presence.changed", data, scope=scope, now=now)
