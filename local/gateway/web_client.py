"""The built web client as the CDN serves it: pages fall back to index.html, hashed files are kept."""

from collections.abc import Mapping
from pathlib import Path

from aiohttp import web

_MISSING = """<!doctype html><meta charset="utf-8"><title>Convoke</title>
<p>The web client is not built: <code>make run</code> builds it. The API answers at <a href="/docs">/docs</a>.
"""


class WebClient:
    """Serves the folder `dist` with `headers` on every answer."""

    def __init__(self, dist: Path, headers: Mapping[str, str]) -> None:
        self._dist = dist.absolute()
        # Would turn every address into https://, which nothing here speaks.
        self._headers = {
            name: value.replace("upgrade-insecure-requests", "") for name, value in headers.items()
        }

    async def handle(self, request: web.Request) -> web.StreamResponse:
        if request.method not in ("GET", "HEAD"):
            return web.json_response({"message": "Not Found"}, status=404, headers=self._headers)
        file = self._file(request.path)
        if file is None:
            return web.Response(status=404, text="Not found\n", headers=self._headers)
        if not file.is_file():
            return web.Response(text=_MISSING, content_type="text/html", headers=self._headers)
        kept = "public, max-age=31536000, immutable" if file.parent.name == "assets" else "no-cache"
        return web.FileResponse(file, headers=self._headers | {"Cache-Control": kept})

    def _file(self, path: str) -> Path | None:
        """The file for a path; index.html for a page of the client; None for a file that is not there."""
        wanted = (self._dist / path.lstrip("/")).resolve()
        if wanted.is_relative_to(self._dist) and wanted.is_file():
            return wanted
        return None if "." in path.rsplit("/", 1)[-1] else self._dist / "index.html"
