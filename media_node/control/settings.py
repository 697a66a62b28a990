"""What a media node is told by its environment, checked at its start."""

import ipaddress
import socket
from collections.abc import Mapping

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator


class NodeSettings(BaseModel):
    """Addresses, ports (0 takes a free one) and limits of this process."""

    model_config = ConfigDict(frozen=True)

    node_id: str = Field(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9_.:-]+$")
    region: str = Field(min_length=1, max_length=32)
    control_host: str
    control_port: int = Field(default=0, ge=0, le=65535)
    control_url: str | None = None
    media_address: str
    media_bind: str = "0.0.0.0"  # noqa: S104 -- media comes from everywhere; the control API does not
    media_port: int = Field(default=0, ge=0, le=65535)
    max_streams: int = Field(default=400, gt=0)
    max_bitrate_mbps: int = Field(default=1000, gt=0)
    drain_seconds: float = Field(default=3600.0, ge=0)

    @field_validator("control_host")
    @classmethod
    def _not_the_world(cls, value: str) -> str:
        # A name is looked up: 0.0.0.0 hides behind "", "0" and some host names.
        addresses = {info[4][0] for info in socket.getaddrinfo(value or None, None, flags=socket.AI_PASSIVE)}
        if any(ipaddress.ip_address(str(address)).is_unspecified for address in addresses):
            raise ValueError("the control API must be bound to one private address, not to all")
        return value

    @field_validator("media_address", "media_bind")
    @classmethod
    def _is_address(cls, value: str) -> str:
        return str(ipaddress.ip_address(value))


def node_settings(environ: Mapping[str, str]) -> NodeSettings:
    """The settings in `environ`; raises SystemExit that names each variable that is missing or wrong."""
    values = {name: environ[name.upper()] for name in NodeSettings.model_fields if environ.get(name.upper())}
    try:
        return NodeSettings.model_validate(values)
    except ValidationError as error:
        faults = "; ".join(f"{str(e['loc'][0]).upper()}: {e['msg']}" for e in error.errors())
        raise SystemExit(f"the media node cannot start: {faults}") from None
