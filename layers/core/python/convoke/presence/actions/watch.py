"""Follow whether people are there. Only who may see it learns anything, now and at every later change."""

from datetime import datetime

from convoke.backends.postgres import System, transaction
from convoke.contacts import actions as contacts
from convoke.contacts.actions import Shown
from convoke.identity.model import Principal, require_user
from convoke.operations.actions import limit
from convoke.presence import live, model
from convoke.presence.actions.announce import send
from convoke.presence.model import Presence, State, Watched, WatchRequest

WATCHES_PER_MINUTE = 60


def watch(principal: Principal, connection_id: str, request: WatchRequest, now: datetime) -> Watched:
    """How people are, and from now on what becomes of them. One round trip to PostgreSQL."""
    user_id = require_user(principal)
    limit("presence_watch", user_id, per_minute=WATCHES_PER_MINUTE, now=now)
    wanted = list(dict.fromkeys(request.user_ids))
    # Before the look: who lets themselves be seen right after it finds somebody waiting.
    live.wait(user_id, wanted, now)
    with transaction(principal) as conn:
        shown = contacts.presence_shown(conn, [user_id], wanted)
    pairs = list(shown)
    owners = [pair.owner for pair in pairs]
    found = live.watch(owners, user_id, connection_id, now) if owners else []
    return Watched(items=[_presence(pair, fields, now) for pair, fields in zip(pairs, found, strict=True)])


def introduce(owner: str, viewer: str, now: datetime) -> None:
    """A contact was added or a block lifted: a viewer may see the owner from now on, unless something else is
    in the way. Who has lately looked for them in vain sees and follows them; others are told nothing."""
    if not live.waits(viewer, owner):
        return
    # As the system: it is the other one who has done something.
    with transaction(System()) as conn:
        shown = contacts.presence_shown(conn, [viewer], [owner])
    for pair in shown:
        [fields] = live.watch([owner], viewer, "", now)
        send({viewer}, _presence(pair, fields, now), now)


def unwatch(principal: Principal, connection_id: str, request: WatchRequest) -> None:
    """Not following any more what was not followed is no error."""
    live.unwatch(list(dict.fromkeys(request.user_ids)), [model.watcher_name(principal.key, connection_id)])


def _presence(pair: Shown, fields: dict[str, str], now: datetime) -> Presence:
    state = model.state_in(fields, now)
    last_seen = pair.last_seen_at if state is State.OFFLINE else None
    return Presence(user_id=pair.owner, state=state, last_seen_at=last_seen, at=now)
