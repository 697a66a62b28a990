"""Which node gets a meeting: pure rules over what the nodes said of themselves last."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from convoke.media.model import NodeHealth

# What a meeting is expected to bring until its node's next heartbeat tells: two people, two streams each.
STREAMS_PER_PLACEMENT = 4


@dataclass(frozen=True)
class LiveNode:
    """A node whose heartbeat is fresh; `placed` counts meetings given to it since that heartbeat."""

    node_id: str
    region: str
    control_url: str
    status: str
    health: str
    max_streams: int
    current_streams: int
    max_bitrate_mbps: int
    current_bitrate_mbps: float
    placed: int = 0
    suspect: bool = False

    @property
    def streams(self) -> int:
        """Streams in use or promised."""
        return self.current_streams + self.placed * STREAMS_PER_PLACEMENT

    @property
    def load(self) -> float:
        """0..1 and more: the fuller of the two capacities."""
        return max(self.streams / self.max_streams, self.current_bitrate_mbps / self.max_bitrate_mbps)


def may_keep(node: LiveNode) -> bool:
    """A meeting stays where it is, even on a full node: it cannot be on two."""
    return node.status == "serving" and node.health != NodeHealth.UNHEALTHY


def rank(nodes: Iterable[LiveNode], region: str, without: Collection[str] = ()) -> list[LiveNode]:
    """Nodes that may take a new meeting, the best first.

    A node that just refused somebody comes last, then degraded ones, then other regions; of equals the
    least loaded.
    """
    fit = [
        node
        for node in nodes
        if node.node_id not in without
        and may_keep(node)
        and node.streams < node.max_streams
        and node.current_bitrate_mbps < node.max_bitrate_mbps
    ]
    return sorted(fit, key=lambda node: _preference(node, region))


def _preference(node: LiveNode, region: str) -> tuple[bool, bool, bool, float, str]:
    degraded = node.health != NodeHealth.HEALTHY
    return (node.suspect, degraded, node.region != region, node.load, node.node_id)
