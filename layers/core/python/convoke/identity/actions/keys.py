"""The keys in the token secret: `jwt` and `node` sign, `edge` is what only CloudFront knows, and of `push` is
made the key by which push services know this deployment (changed, every browser must subscribe anew).

To change a key: put the new one into `jwt_accepted` (a list), wait until every process has read it
(`secrets.KEEP_SECONDS`), make it `jwt` and the old one accepted; drop the old one after the longest
life-time of a token.
"""

from convoke.backends.secrets import secret
from convoke.settings import settings

# RFC 7518 section 3.2: an HS256 key has at least the size of the hash.
LEAST_BYTES = 32


def signing_keys() -> list[str]:
    return _keys("jwt")


def node_keys() -> list[str]:
    own = settings().node_secret
    return [_long_enough(own)] if own else _keys("node")


def edge_key() -> str:
    """What CloudFront adds to each request as `x-convoke-edge`; empty where there is no CloudFront."""
    return str(secret(settings().token_secret_id).get("edge", ""))


def push_seed() -> str:
    return _long_enough(str(secret(settings().token_secret_id)["push"]))


def _keys(name: str) -> list[str]:
    values = secret(settings().token_secret_id)
    return [_long_enough(str(key)) for key in (values[name], *values.get(f"{name}_accepted", []))]


def _long_enough(key: str) -> str:
    if len(key.encode()) < LEAST_BYTES:
        raise RuntimeError("a signing key is shorter than 32 bytes")
    return key
