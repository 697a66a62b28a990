"""Every minute: carries events from the outbox to Cassandra, and says how late it is."""

from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit

from convoke.analytics.actions.drain_outbox import drain_outbox

# The last batch may take twice its 5 s, and the end of the run wants to be told.
MARGIN_SECONDS = 12.0

logger = Logger()
metrics = Metrics()


@metrics.log_metrics
def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    left = context.get_remaining_time_in_millis() / 1000
    drained = drain_outbox(datetime.now(UTC), seconds=max(1.0, left - MARGIN_SECONDS))
    metrics.add_metric("OutboxLagSeconds", MetricUnit.Seconds, drained.lag_seconds)
    metrics.add_metric("OutboxCarried", MetricUnit.Count, drained.carried)
    metrics.add_metric("OutboxDead", MetricUnit.Count, drained.dead)
    told = asdict(drained)
    (logger.warning if drained.trouble else logger.info)("drained", extra={"drained": told})
    return told
