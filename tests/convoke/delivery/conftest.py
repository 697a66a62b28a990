"""Delivery with a real HTTP server in the place of @connections."""

from collections.abc import Iterator

import pytest

from convoke.settings import settings
from tests.conftest import Product
from tests.sockets import Sockets


@pytest.fixture
def sockets(product: Product, monkeypatch: pytest.MonkeyPatch) -> Iterator[Sockets]:
    with Sockets() as server:
        monkeypatch.setenv("SOCKET_CALLBACK_URL", server.url)
        settings.cache_clear()
        yield server
