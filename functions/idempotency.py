"""Idempotency-Key on POSTs that create (draft-ietf-httpapi-idempotency-key-header): done once, told again.

Not Powertools' idempotency: its key knows no owner, and it would keep a failure as the answer for good.

An answer may have the token of an invitation or the address of an upload in it. It is kept sealed, by a key
made of ours and of what the client has sent: Redis has neither, only a hash.
"""

import base64
import hashlib
import hmac
import json
import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from convoke.errors import Problem, conflict
from convoke.identity.actions.keys import signing_keys
from convoke.operations.actions import forget_answer, keep_answer, reserve_answer

if TYPE_CHECKING:
    from cryptography.fernet import MultiFernet

KEY = re.compile(r"[\x21-\x7e]{1,128}")


def once(key: str, *, owner: str, request: str, perform: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """`perform()`, or what it answered before for this owner and key. Another request under it is 422."""
    if not KEY.fullmatch(key):
        raise Problem(
            "malformed_idempotency_key", 400, "The Idempotency-Key must be 1 to 128 visible characters"
        )
    name = f"{owner}\n{key}"
    slot = hashlib.sha256(name.encode()).hexdigest()
    fingerprint = hashlib.sha256(request.encode()).hexdigest()
    # Before the deed: without our keys it is not done.
    seal = _seal(name)
    known = reserve_answer(slot, fingerprint)
    if known is None:
        answer = _performed(slot, perform)
        if answer["statusCode"] < 300:
            keep_answer(slot, fingerprint, seal.encrypt(json.dumps(answer).encode()).decode())
        return answer
    if known["fingerprint"] != fingerprint:
        raise Problem("idempotency_key_reused", 422, "This Idempotency-Key was used for another request")
    if "answer" not in known:
        raise conflict("request_in_progress", "The first request with this Idempotency-Key is still running.")
    answer = _opened(known["answer"], seal)
    return {**answer, "headers": {**answer.get("headers", {}), "idempotency-replayed": "true"}}


def _performed(slot: str, perform: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """A failure frees the slot: the request may be tried again."""
    try:
        answer = perform()
    except BaseException:
        forget_answer(slot)
        raise
    if not 200 <= answer["statusCode"] < 300:
        forget_answer(slot)
    return answer


def _seal(name: str) -> "MultiFernet":
    """Seals by the first of our keys, opens what any of them has sealed."""
    from cryptography.fernet import Fernet, MultiFernet  # noqa: PLC0415 (20 ms, not wanted at a cold start)

    made = (hmac.digest(key.encode(), f"kept answer {name}".encode(), "sha256") for key in signing_keys())
    return MultiFernet([Fernet(base64.urlsafe_b64encode(key)) for key in made])


def _opened(sealed: str, seal: "MultiFernet") -> dict[str, Any]:
    from cryptography.fernet import InvalidToken  # noqa: PLC0415

    try:
        answer: dict[str, Any] = json.loads(seal.decrypt(sealed))
    except InvalidToken as error:
        # Its key is out of use. Never a reason to do it once more.
        raise conflict("answer_lost", "It was done. Its answer can no longer be read.") from error
    return answer
