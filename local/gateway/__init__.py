"""One origin on 127.0.0.1 for browsers and functions, as CloudFront and API Gateway are in the cloud."""

from pathlib import Path

from aiohttp import web

from local.assembly import Assembly
from local.aws import ACCESS_KEY
from local.gateway.http_api import BODY_LIMIT, HttpApi
from local.gateway.management import Management
from local.gateway.socket_api import SocketGateway
from local.gateway.sockets import Limits, Sockets
from local.gateway.web_client import WebClient
from local.mail import Mailbox
from local.process import check_free
from local.runtime import Runtime

__all__ = ["Gateway", "Limits"]


class Gateway:
    """HTTP API, WebSocket API with `@connections`, the web client in the folder `dist`, SES into `mail`."""

    def __init__(
        self,
        assembly: Assembly,
        runtime: Runtime,
        *,
        dist: Path,
        mail: Path,
        port: int = 0,
        limits: Limits | None = None,
        access_key: str = ACCESS_KEY,
    ) -> None:
        self.sockets = Sockets()
        self.port = port
        self._http = HttpApi(assembly.http, runtime)
        self._client = WebClient(dist, assembly.headers)
        self._socket: SocketGateway | None = None
        self._app = web.Application(client_max_size=BODY_LIMIT)
        if assembly.socket:
            self._socket = SocketGateway(assembly.socket, runtime, self.sockets, limits or Limits())
            management = Management(self.sockets, access_key)
            self._app.router.add_route(
                "*", f"/{assembly.socket.stage}/@connections/{{id}}", management.handle
            )
            self._app.router.add_get(f"/{assembly.socket.stage}", self._socket.handle)
        Mailbox(mail, access_key).add_routes(self._app.router)
        self._app.router.add_route("*", "/{path:.*}", self._handle)
        self._runner: web.AppRunner | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def start(self) -> None:
        """Listens on 127.0.0.1; CannotStart when something else has the port."""
        self._runner = web.AppRunner(self._app, access_log=None, shutdown_timeout=1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", self.port)
        try:
            await site.start()
        except OSError:
            await self._runner.cleanup()
            check_free(self.port)
            raise
        self.port = int(self._runner.addresses[0][1])

    async def stop(self) -> None:
        """Says goodbye to every socket and lets their $disconnect events through."""
        await self.sockets.close_all()
        if self._socket:
            await self._socket.settled(seconds=3)
        if self._runner:
            await self._runner.cleanup()

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        if self._http.serves(request.rel_url.raw_path):
            return await self._http.handle(request)
        return await self._client.handle(request)
