"""SES for this machine: takes what an unmodified boto3 sends by SESv2 and keeps it as files to look into.

`GET /local/mail` lists the newest letters. Nothing leaves the machine.
"""

import asyncio
import base64
import binascii
import json
import re
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from itertools import count
from pathlib import Path
from typing import Any

from aiohttp import web

SES_PATH = "/local/ses"
LISTED = 50
KEPT = 500
_CREDENTIAL = re.compile(r"AWS4-HMAC-SHA256 .*Credential=([^/]+)/\d{8}/[^/]+/ses/aws4_request")


class Mailbox:
    """Letters as `.eml` files in `folder`, the newest `KEPT` of them."""

    def __init__(self, folder: Path, access_key: str) -> None:
        self.folder = folder
        self._access_key = access_key
        self._numbers = count(1)

    def add_routes(self, router: web.UrlDispatcher) -> None:
        router.add_post(f"{SES_PATH}/v2/email/outbound-emails", self.take)
        router.add_get("/local/mail", self.show)

    async def take(self, request: web.Request) -> web.Response:
        """`SendEmail` of SESv2 with raw content."""
        signed = _CREDENTIAL.match(request.headers.get("Authorization", ""))
        if signed is None or signed[1] != self._access_key:
            return _error(403, "AccessDeniedException", "not signed for SES by this stack's key")
        try:
            asked: dict[str, Any] = json.loads(await request.read())
            raw = base64.b64decode(asked["Content"]["Raw"]["Data"], validate=True)
            [to] = asked["Destination"]["ToAddresses"]
        except (ValueError, KeyError, TypeError, binascii.Error):
            return _error(400, "BadRequestException", "one raw letter to one address is what is taken here")
        if not isinstance(to, str) or not to.isascii() or "@" not in to:
            return _error(400, "BadRequestException", "Missing or invalid address")
        return web.json_response({"MessageId": await asyncio.to_thread(self._keep, raw)})

    async def show(self, request: web.Request) -> web.Response:
        """The newest letters, newest first; `?to=` those to one address."""
        found = await asyncio.to_thread(self._newest, request.query.get("to"))
        return web.json_response({"items": found})

    def _keep(self, raw: bytes) -> str:
        self.folder.mkdir(parents=True, exist_ok=True)
        name = f"{datetime.now(UTC):%Y%m%dT%H%M%S.%f}-{next(self._numbers):06}"
        draft = self.folder / f".{name}"
        draft.write_bytes(raw)
        draft.rename(self.folder / f"{name}.eml")
        for old in sorted(self.folder.glob("*.eml"))[:-KEPT]:
            old.unlink(missing_ok=True)
        return name

    def _newest(self, to: str | None) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        for path in sorted(self.folder.glob("*.eml"), reverse=True):
            told = _told(path)
            if to is None or to in told["to"]:
                found.append(told)
            if len(found) == LISTED:
                break
        return found


def _told(path: Path) -> dict[str, Any]:
    letter = message_from_bytes(path.read_bytes(), _class=EmailMessage, policy=policy.default)
    return {
        "file": path.name,
        **{name.lower(): str(letter.get(name, "")) for name in ("From", "To", "Subject", "Reply-To")},
        "text": _body(letter, "plain"),
        "html": _body(letter, "html"),
        "attachments": [
            {
                "name": part.get_filename(),
                "type": part.get_content_type(),
                "content": part.get_payload(decode=True).decode(errors="replace"),  # type: ignore[union-attr]
            }
            for part in letter.iter_attachments()
        ],
    }


def _body(letter: EmailMessage, kind: str) -> str | None:
    part = letter.get_body((kind,))
    return None if part is None else str(part.get_content())


def _error(status: int, kind: str, text: str) -> web.Response:
    return web.json_response({"message": text}, status=status, headers={"x-amzn-ErrorType": kind})
