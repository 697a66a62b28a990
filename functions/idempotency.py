"""Idempotency-Key on POSTs that create (draft-ietf-httpapi-idempotency-key-header): done once, told again.

Not Powertools' idempotency: its key knows no owner, and it would keep a failure as the answer for good.
"""

import hashlib
import json
import re
from collections.abc import Callable
from typing import Any

from convoke.errors import Problem, conflict
from convoke.operations.actions import forget_answer, keep_answer, reserve_answer

KEY = re.compile(r"[\x21-\x7e]{1,128}")


def once(key: str, *, owner: str, request: str, perform: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """`perform()`, or what it answered before for this owner and key. Another request under it is 422."""
    if not KEY.fullmatch(key):
        raise Problem(
            "malformed_idempotency_key", 400, "The Idempotency-Key must be 1 to 128 visible characters"
        )
    slot = hashlib.sha256(f"{owner}\n{key}".encode()).hexdigest()
    fingerprint = hashlib.sha256(request.encode()).hexdigest()
    known = reserve_answer(slot, fingerprint)
    if known is None:
        return _performed(slot, fingerprint, perform)
    if known["fingerprint"] != fingerprint:
        raise Problem("idempotency_key_reused", 422, "This Idempotency-Key was used for another request")
    if "answer" not in known:
        raise conflict("request_in_progress", "The first request with this Idempotency-Key is still running.")
    answer: dict[str, Any] = json.loads(known["answer"])
    return {**answer, "headers": {**answer.get("headers", {}), "idempotency-replayed": "true"}}


def _performed(slot: str, fingerprint: str, perform: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    try:
        answer = perform()
    except BaseException:
        forget_answer(slot)
        raise
    if 200 <= answer["statusCode"] < 300:
        keep_answer(slot, fingerprint, json.dumps(answer))
    else:
        forget_answer(slot)
    return answer
