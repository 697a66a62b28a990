"""At deploy, before the functions change: brings the database to where this version's code expects it.

Runs as the owner of the tables, whose password is in Secrets Manager; everything else runs as convoke_app.
An exception fails the deployment.
"""

import json
import os
from typing import Any

import psycopg
from aws_lambda_powertools import Logger
from psycopg.conninfo import make_conninfo

from migrations import runner

# What a deployment is told stays the same from one run to the next, so that nothing is ever replaced.
RESOURCE_ID = "convoke-migrations"

logger = Logger()


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Invoked by a trigger (event {}) or as a custom resource; a Delete keeps the data."""
    applied: list[str] = []
    if event.get("RequestType") != "Delete":
        url = _owner_url()
        applied = runner.up(url)
        _let_in_by_iam(url)
    logger.info("migrated", extra={"applied": applied})
    return {"PhysicalResourceId": RESOURCE_ID, "Data": {"applied": ",".join(applied)}}


def _owner_url() -> str:
    url = os.environ["DATABASE_URL"]
    secret_id = os.environ.get("OWNER_SECRET_ID")
    if not secret_id:
        return url
    import boto3  # noqa: PLC0415 (only where the password is a secret)

    client = boto3.client("secretsmanager")
    secret = json.loads(client.get_secret_value(SecretId=secret_id)["SecretString"])
    return make_conninfo(url, user=secret["username"], password=secret["password"])


def _let_in_by_iam(url: str) -> None:
    """On RDS and Aurora the application's role logs in by IAM, not by a password."""
    with psycopg.connect(url) as conn:
        if conn.execute("SELECT 1 FROM pg_roles WHERE rolname = 'rds_iam'").fetchone():
            conn.execute("GRANT rds_iam TO convoke_app")
