"""What each function may reach beyond its own log: the whole of its permissions, on one screen."""

from enum import StrEnum, auto
from typing import Final


class Need(StrEnum):
    """A right that a function's role gets. Valkey's AUTH token comes with `STORES`."""

    STORES = auto()  # PostgreSQL as convoke_app by the proxy, and Valkey
    TOKENS = auto()  # the keys: who checks a bearer or CloudFront, or calls a media node
    PUSH = auto()  # post to sockets
    DEPARTURES = auto()  # put a departure in the queue
    ANALYTICS = auto()  # read and write the tables in Keyspaces
    OWNER = auto()  # the owner's password of the database


REST_NEEDS: Final[dict[str, frozenset[Need]]] = {
    "identity": frozenset({Need.STORES, Need.TOKENS, Need.PUSH}),
    "meetings": frozenset({Need.STORES, Need.TOKENS, Need.PUSH}),
    "chat": frozenset({Need.STORES, Need.TOKENS, Need.PUSH}),
    "media": frozenset({Need.STORES, Need.TOKENS}),
    "analytics": frozenset({Need.STORES, Need.TOKENS, Need.ANALYTICS}),
    "operations": frozenset({Need.STORES, Need.TOKENS}),
}
SOCKET_NEEDS: Final = frozenset({Need.STORES, Need.TOKENS, Need.PUSH, Need.DEPARTURES})
JOB_NEEDS: Final[dict[str, frozenset[Need]]] = {
    "make_partitions": frozenset({Need.STORES}),
    "sweep_participants": frozenset({Need.STORES, Need.TOKENS, Need.PUSH}),
    "expire_departures": frozenset({Need.STORES, Need.TOKENS, Need.PUSH}),
    "drain_outbox": frozenset({Need.STORES, Need.ANALYTICS}),
    "roll_up_usage": frozenset({Need.STORES, Need.ANALYTICS}),
    "migrate": frozenset({Need.OWNER}),
}
