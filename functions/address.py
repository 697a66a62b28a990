"""Where a request comes from. Behind CloudFront the gateway sees CloudFront; headers can be made up."""

import hmac
from collections.abc import Mapping

from convoke.identity import actions as identity


def client_address(headers: Mapping[str, str], source_ip: str | None) -> str | None:
    """`x-convoke-viewer`, which our CloudFront function sets, with its key; else the gateway's word.

    `headers`: names in lower case. Whoever calls the gateway past CloudFront has no key, and is whom it saw.
    """
    viewer, key = headers.get("x-convoke-viewer"), headers.get("x-convoke-edge")
    if viewer and key and hmac.compare_digest(key.encode(), identity.edge_key().encode()):
        return viewer
    return source_ip
