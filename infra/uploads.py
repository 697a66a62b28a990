"""Files that people send: where clients may write, what tells of it, and who may touch which keys."""

from collections.abc import Sequence
from dataclasses import dataclass

from aws_cdk import Duration, Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_sqs as sqs

from infra.accepted import accept
from infra.settings import Deployment

# Clients write below the first, by signed links; what was checked lies below the others (see convoke/files).
UPLOADS, FILES, THUMBNAILS = "uploads/*", "files/*", "thumbnails/*"


def accept_uploads(bucket: s3.Bucket, queue: sqs.Queue, deployment: Deployment) -> None:
    """Let browsers of the origin (none known: of any, as a link is the right) write, and tell the queue."""
    bucket.add_cors_rule(
        allowed_methods=[s3.HttpMethods.GET, s3.HttpMethods.HEAD, s3.HttpMethods.PUT],
        allowed_origins=[f"https://{deployment.domain}" if deployment.domain else "*"],
        allowed_headers=["content-type", "if-none-match"],
        exposed_headers=["ETag", "Content-Range", "Accept-Ranges"],
        max_age=3000,
    )
    # What was brought too late for its check, or after it.
    bucket.add_lifecycle_rule(prefix=UPLOADS.removesuffix("*"), expiration=Duration.days(2))
    _notify(bucket, queue)


def _notify(bucket: s3.Bucket, queue: sqs.Queue) -> None:
    """In the bucket itself: CDK's own way is a function of its own with rights on every bucket.

    S3 asks the queue when the bucket is made, so the queue's policy comes first, and cannot name the bucket.
    """
    stack = Stack.of(bucket)
    queue.add_to_resource_policy(
        iam.PolicyStatement(
            principals=[iam.ServicePrincipal("s3.amazonaws.com")],
            actions=["sqs:SendMessage"],
            resources=[queue.queue_arn],
            conditions={"StringEquals": {"aws:SourceAccount": stack.account}},
        )
    )
    resource = bucket.node.default_child
    if not isinstance(resource, s3.CfnBucket):
        raise TypeError("the bucket is not one resource")
    rule = s3.CfnBucket.FilterRuleProperty(name="prefix", value=UPLOADS.removesuffix("*"))
    resource.notification_configuration = s3.CfnBucket.NotificationConfigurationProperty(
        queue_configurations=[
            s3.CfnBucket.QueueConfigurationProperty(
                event="s3:ObjectCreated:*",
                queue=queue.queue_arn,
                filter=s3.CfnBucket.NotificationFilterProperty(
                    s3_key=s3.CfnBucket.S3KeyFilterProperty(rules=[rule])
                ),
            )
        ]
    )
    policy = queue.node.find_child("Policy").node.default_child
    if not isinstance(policy, sqs.CfnQueuePolicy):
        raise TypeError("the queue has no policy")
    resource.add_resource_dependency(policy)


@dataclass(frozen=True)
class FileKeys:
    """The bucket's keys as resources of policies. `export`: the name under which other stacks know its ARN.

    A name of ours, since findings about its wildcards name the export.
    """

    arn: str
    export: str

    def links(self) -> list[iam.PolicyStatement]:
        """For who gives out links: a link can do what its signer may."""
        return [
            self._listing(),
            self._on(["s3:PutObject"], UPLOADS),
            self._on(["s3:GetObject"], UPLOADS, FILES, THUMBNAILS),
        ]

    def check(self) -> list[iam.PolicyStatement]:
        return [
            self._listing(),
            self._on(["s3:GetObject"], UPLOADS, FILES),
            self._on(["s3:PutObject"], FILES, THUMBNAILS),
            self._on(["s3:DeleteObject"], UPLOADS, FILES, THUMBNAILS),
        ]

    def clean(self, queue: sqs.IQueue) -> list[iam.PolicyStatement]:
        return [
            self._on(["s3:DeleteObject"], UPLOADS, FILES, THUMBNAILS),
            iam.PolicyStatement(actions=["sqs:SendMessage"], resources=[queue.queue_arn]),
        ]

    def accept_wildcards(self, role: iam.Role) -> None:
        accept(
            role,
            "Every file has a key of its own below these prefixes of the one bucket.",
            *(f"IAM5[Resource::{self.export}/{keys}]" for keys in (UPLOADS, FILES, THUMBNAILS)),
        )

    def _listing(self) -> iam.PolicyStatement:
        """Without it, S3 answers 403 for what is not there."""
        return iam.PolicyStatement(actions=["s3:ListBucket"], resources=[self.arn])

    def _on(self, actions: Sequence[str], *keys: str) -> iam.PolicyStatement:
        return iam.PolicyStatement(actions=list(actions), resources=[f"{self.arn}/{key}" for key in keys])
