"""What differs between two deployments of one house, read from CDK context (`-c key=value`)."""

from dataclasses import dataclass
from typing import Any, Self

from constructs import Node


def _text(node: Node, key: str) -> str | None:
    value: Any = node.try_get_context(key)
    return str(value) if value else None


def _number(node: Node, key: str, default: int) -> int:
    value: Any = node.try_get_context(key)
    return default if value is None else int(value)


@dataclass(frozen=True, kw_only=True)
class Deployment:
    """One deployment in one account and region; neither is named here, `cdk` takes them from its profile.

    `domain` and `certificate_arn` (ACM, us-east-1, as CloudFront wants) come together or not at all.
    """

    environment: str = "prod"
    domain: str | None = None
    certificate_arn: str | None = None
    web_acl_arn: str | None = None
    alarm_email: str | None = None
    scan_url: str | None = None
    nat_gateways: int = 2
    aurora_max_capacity: int = 16
    media_nodes_least: int = 2
    media_nodes_most: int = 20

    def __post_init__(self) -> None:
        if (self.domain is None) != (self.certificate_arn is None):
            raise ValueError("context `domain` and `certificate_arn` need each other: give both or neither")
        if not 1 <= self.media_nodes_least <= self.media_nodes_most:
            raise ValueError("context `media_nodes_least` must lie between 1 and `media_nodes_most`")

    @property
    def sender(self) -> str | None:
        """Whom letters come from. Without a domain of its own a deployment sends none."""
        return self.domain and f"Convoke <noreply@{self.domain}>"

    @classmethod
    def from_context(cls, node: Node) -> Self:
        return cls(
            environment=_text(node, "environment") or cls.environment,
            domain=_text(node, "domain"),
            certificate_arn=_text(node, "certificate_arn"),
            web_acl_arn=_text(node, "web_acl_arn"),
            alarm_email=_text(node, "alarm_email"),
            scan_url=_text(node, "scan_url"),
            nat_gateways=_number(node, "nat_gateways", cls.nat_gateways),
            aurora_max_capacity=_number(node, "aurora_max_capacity", cls.aurora_max_capacity),
            media_nodes_least=_number(node, "media_nodes_least", cls.media_nodes_least),
            media_nodes_most=_number(node, "media_nodes_most", cls.media_nodes_most),
        )
