"""What the environment variables of functions and nodes mean on this machine: one table, by name."""

from collections.abc import Mapping
from dataclasses import dataclass

from local.assembly import FunctionSpec
from local.aws import REGION
from local.mail import SES_PATH

# What the template says about the cloud only and nothing here has: dropped.
_CLOUD_ONLY = ("REDIS_AUTH_SECRET_ID", "AWS_CA_BUNDLE", "OWNER_SECRET_ID", "EDGE_SECRET_ID")


@dataclass(frozen=True)
class Places:
    """Where the parts of the running stack are."""

    url: str  # the origin, http://127.0.0.1:PORT
    app_database_url: str
    redis_url: str
    aws_url: str
    s3_url: str
    token_secret: str
    cassandra_hosts: str
    access_key: str
    secret_key: str
    queue_urls: Mapping[str, str]
    push_services: str = ""

    @property
    def socket_url(self) -> str:
        return self.url.replace("http", "ws", 1) + "/socket"


def overrides(places: Places) -> dict[str, str]:
    """Variables of the template that have another value here."""
    return {
        "DATABASE_URL": places.app_database_url,
        "DATABASE_AUTH": "password",
        "REDIS_URL": places.redis_url,
        "TOKEN_SECRET_ID": places.token_secret,
        "PUBLIC_URL": places.url,
        "SOCKET_URL": places.socket_url,
        "SOCKET_CALLBACK_URL": f"{places.url}/socket",
        "CONTROLLER_ID": f"mc-{REGION}-1",
        "CASSANDRA_HOSTS": places.cassandra_hosts,
        "CASSANDRA_AUTH": "none",
        "MAIL_FROM": "Convoke <noreply@convoke.localhost>",
    }


def aws_environment(places: Places) -> dict[str, str]:
    """What Lambda and ECS set themselves in the cloud, and where boto3 finds the services here."""
    return {
        "AWS_REGION": REGION,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_ACCESS_KEY_ID": places.access_key,
        "AWS_SECRET_ACCESS_KEY": places.secret_key,
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_ENDPOINT_URL": places.aws_url,
        "AWS_ENDPOINT_URL_S3": places.s3_url,
        "AWS_ENDPOINT_URL_SESV2": f"{places.url}{SES_PATH}",
    }


def function_environment(spec: FunctionSpec, places: Places) -> dict[str, str]:
    """A function's variables: the template's own, with overrides, and queue names as addresses."""
    here = overrides(places)
    made = {
        name: here.get(name, value) for name, value in spec.environment.items() if name not in _CLOUD_ONLY
    }
    made = {name: places.queue_urls.get(value, value) for name, value in made.items()}
    if places.push_services:
        made["PUSH_SERVICES"] = places.push_services
    return made | aws_environment(places)


def node_environment(node_id: str, places: Places) -> dict[str, str]:
    """A media node's variables. Media and control stay on the loopback address."""
    return {
        "NODE_ID": node_id,
        "REGION": REGION,
        "CONTROL_HOST": "127.0.0.1",
        "CONTROL_PORT": "0",
        "MEDIA_ADDRESS": "127.0.0.1",
        "MEDIA_BIND": "127.0.0.1",
        "MEDIA_PORT": "0",
        **overrides(places),
        **aws_environment(places),
    }
