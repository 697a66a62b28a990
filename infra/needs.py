"""What each function may reach beyond its own log: the whole of its permissions, on one screen."""

from enum import StrEnum, auto
from typing import Final


class Need(StrEnum):
    """A right that a function's role gets. Valkey's AUTH token comes with `STORES`."""

    STORES = auto()  # PostgreSQL as convoke_app by the proxy, and Valkey
    TOKENS = auto()  # the keys: who checks a bearer or CloudFront, or calls a media node
    PUSH = auto()  # post to sockets
    LINKS = auto()  # sign links to files
    CHECK = auto()  # take uploads, keep what is good
    CLEAN = auto()  # remove files, and ask again for a check
    DEPARTURES = auto()  # put a departure in the queue
    CALLS = auto()  # put a timer of a call in the queue
    NOTIFY = auto()  # put mails and pushes in the queue
    MAIL = auto()  # send letters from the deployment's own domain, where it has one
    ANALYTICS = auto()  # read and write the tables in Keyspaces
    OWNER = auto()  # the owner's password of the database


REST_NEEDS: Final[dict[str, frozenset[Need]]] = {
    "identity": frozenset({Need.STORES, Need.TOKENS, Need.PUSH}),
    "meetings": frozenset({Need.STORES, Need.TOKENS, Need.PUSH, Need.NOTIFY}),
    "chat": frozenset({Need.STORES, Need.TOKENS, Need.PUSH, Need.NOTIFY}),
    "contacts": frozenset({Need.STORES, Need.TOKENS, Need.PUSH, Need.NOTIFY}),
    "notifications": frozenset({Need.STORES, Need.TOKENS, Need.PUSH}),
    "files": frozenset({Need.STORES, Need.TOKENS, Need.LINKS}),
    "invitations": frozenset({Need.STORES, Need.TOKENS, Need.PUSH, Need.NOTIFY}),
    "calls": frozenset({Need.STORES, Need.TOKENS, Need.PUSH, Need.CALLS, Need.NOTIFY}),
    "media": frozenset({Need.STORES, Need.TOKENS}),
    "analytics": frozenset({Need.STORES, Need.TOKENS, Need.ANALYTICS}),
    "operations": frozenset({Need.STORES, Need.TOKENS}),
}
SOCKET_NEEDS: Final = frozenset(
    {Need.STORES, Need.TOKENS, Need.PUSH, Need.DEPARTURES, Need.CALLS, Need.NOTIFY}
)
JOB_NEEDS: Final[dict[str, frozenset[Need]]] = {
    "make_partitions": frozenset({Need.STORES}),
    "sweep_participants": frozenset({Need.STORES, Need.TOKENS, Need.PUSH, Need.NOTIFY}),
    "sweep_presence": frozenset({Need.STORES, Need.PUSH}),
    "expire_departures": frozenset({Need.STORES, Need.TOKENS, Need.PUSH, Need.NOTIFY}),
    "expire_calls": frozenset({Need.STORES, Need.TOKENS, Need.PUSH, Need.NOTIFY}),
    "deliver_notifications": frozenset({Need.STORES, Need.TOKENS, Need.PUSH, Need.NOTIFY, Need.MAIL}),
    "sweep_notifications": frozenset({Need.STORES, Need.NOTIFY}),
    "check_file": frozenset({Need.STORES, Need.TOKENS, Need.PUSH, Need.CHECK}),
    "sweep_files": frozenset({Need.STORES, Need.CLEAN}),
    "advance_meetings": frozenset({Need.STORES, Need.TOKENS, Need.PUSH}),
    "send_invitations": frozenset({Need.STORES, Need.TOKENS, Need.PUSH, Need.NOTIFY, Need.MAIL}),
    "expire_invitations": frozenset({Need.STORES}),
    "drain_outbox": frozenset({Need.STORES, Need.ANALYTICS}),
    "roll_up_usage": frozenset({Need.STORES, Need.ANALYTICS}),
    "migrate": frozenset({Need.OWNER}),
}
