"""The one public origin: both APIs' front doors (their routes are `api.py`'s) and the site before them.

The APIs live here because functions need the origin's name and the origin needs the APIs' addresses.
"""

from typing import Any

from aws_cdk import Aws, CfnElement, CfnOutput, Duration, RemovalPolicy, Stack
from aws_cdk import aws_apigateway as account_apigateway
from aws_cdk import aws_apigatewayv2 as apigateway
from aws_cdk import aws_iam as iam
from aws_cdk import aws_logs as logs
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_s3_deployment as s3_deployment
from constructs import Construct, IConstruct

from infra import access_log
from infra.accepted import accept
from infra.access_log import AccessLog
from infra.assets import web_client
from infra.distribution import Behind, one_origin
from infra.settings import Deployment
from infra.stacks.stores import StoresStack

SOCKET_STAGE = "socket"
_EXECUTE_API = f"arn:{Aws.PARTITION}:execute-api:{Aws.REGION}:{Aws.ACCOUNT_ID}"
# The name that CDK gives to the one function behind all its bucket deployments.
UPLOADER = "Custom::CDKBucketDeployment8693BB64968944B69AAFB0CC9EB8756C"


class WebStack(Stack):
    """HTTP API, WebSocket API, distribution, site bucket; `wss://{origin}/socket` is the socket."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        deployment: Deployment,
        stores: StoresStack,
        **kwargs: Any,
    ) -> None:
        super().__init__(scope, construct_id, **kwargs)
        self.http_api = apigateway.HttpApi(
            self, "HttpApi", api_name=f"convoke-{deployment.environment}", create_default_stage=False
        )
        self.http_stage = self._http_stage()
        self.socket_api = apigateway.WebSocketApi(
            self,
            "SocketApi",
            api_name=f"convoke-{deployment.environment}-socket",
            route_selection_expression="$request.body.action",
        )
        self.socket_stage = self._socket_stage()
        self.socket_callback_url = self.socket_stage.callback_url
        self.connections_arn, self.connections_finding = self._connections(deployment)
        self.logs_bucket = self._logs_bucket()
        self.site = self._site()
        self.distribution = one_origin(
            self,
            deployment,
            Behind(
                site=self.site,
                http_api_id=self.http_api.api_id,
                socket_api_id=self.socket_api.api_id,
                socket_path=f"/{SOCKET_STAGE}",
                edge_key=stores.edge_key,
                logs=self.logs_bucket,
                files=stores.files,
            ),
        )
        domain = deployment.domain or self.distribution.distribution_domain_name
        self.public_url = f"https://{domain}"
        self.socket_url = f"wss://{domain}/{SOCKET_STAGE}"
        self._fill_site()
        self._say_addresses()

    def _connections(self, deployment: Deployment) -> tuple[str, str]:
        """Every socket of the API as a resource, and the id of the finding that its wildcard raises."""
        # Exported under a name of ours, since the finding names the export.
        export = f"convoke-{deployment.environment}-socket-api"
        api_id = self.export_value(self.socket_api.api_id, name=export)
        every = f"{SOCKET_STAGE}/*/@connections/*"
        finding = f"arn:<AWS::Partition>:execute-api:<AWS::Region>:<AWS::AccountId>:{export}/{every}"
        return f"{_EXECUTE_API}:{api_id}/{every}", f"IAM5[Resource::{finding}]"

    def _http_stage(self) -> apigateway.HttpStage:
        return apigateway.HttpStage(
            self,
            "HttpStage",
            http_api=self.http_api,
            stage_name="$default",
            auto_deploy=True,
            detailed_metrics_enabled=True,
            throttle=apigateway.ThrottleSettings(rate_limit=1000, burst_limit=2000),
            access_log_settings=AccessLog(self._log("HttpAccessLog"), access_log.HTTP),
        )

    def _socket_stage(self) -> apigateway.WebSocketStage:
        role = iam.Role(
            self,
            "ApiGatewayLogRole",
            assumed_by=iam.ServicePrincipal("apigateway.amazonaws.com"),
            managed_policies=[
                iam.ManagedPolicy.from_aws_managed_policy_name(
                    "service-role/AmazonAPIGatewayPushToCloudWatchLogs"
                )
            ],
        )
        accept(
            role,
            "API Gateway asks for this managed policy by name, once an account and region.",
            "IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/AmazonAPIGatewayPushToCloudWatchLogs]",
        )
        # WebSocket APIs, unlike HTTP APIs, log by a role that the whole account shares.
        account = account_apigateway.CfnAccount(self, "ApiGatewayAccount", cloud_watch_role_arn=role.role_arn)
        stage = apigateway.WebSocketStage(
            self,
            "SocketStage",
            web_socket_api=self.socket_api,
            stage_name=SOCKET_STAGE,
            auto_deploy=True,
            detailed_metrics_enabled=True,
            throttle=apigateway.ThrottleSettings(rate_limit=2000, burst_limit=4000),
            access_log_settings=AccessLog(self._log("SocketAccessLog"), access_log.SOCKET),
        )
        stage.node.add_dependency(account)
        return stage

    def _log(self, construct_id: str) -> logs.LogGroup:
        return logs.LogGroup(
            self,
            construct_id,
            retention=logs.RetentionDays.ONE_MONTH,
            removal_policy=RemovalPolicy.DESTROY,
        )

    def _logs_bucket(self) -> s3.Bucket:
        """Apart from the stores' one: CloudFront writes its logs with an ACL, which no other allows."""
        bucket = s3.Bucket(
            self,
            "AccessLogs",
            block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
            object_ownership=s3.ObjectOwnership.BUCKET_OWNER_PREFERRED,
            encryption=s3.BucketEncryption.S3_MANAGED,
            enforce_ssl=True,
            lifecycle_rules=[s3.LifecycleRule(expiration=Duration.days(90))],
            removal_policy=RemovalPolicy.RETAIN,
        )
        accept(bucket, "It is where access logs go; logging them to itself would never end.", "S1")
        return bucket

    def _site(self) -> s3.Bucket:
        return s3.Bucket(
            self,
            "Site",
            block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
            object_ownership=s3.ObjectOwnership.BUCKET_OWNER_ENFORCED,
            encryption=s3.BucketEncryption.S3_MANAGED,
            enforce_ssl=True,
            server_access_logs_bucket=self.logs_bucket,
            server_access_logs_prefix="site/",
            # Old bundles stay for tabs that are open; a season later nobody has one.
            lifecycle_rules=[s3.LifecycleRule(prefix="assets/", expiration=Duration.days(180))],
            removal_policy=RemovalPolicy.DESTROY,
        )

    def _fill_site(self) -> None:
        """Bundles first and for ever (their names hold their hash), then the pages that name them."""
        bundles = s3_deployment.BucketDeployment(
            self,
            "Bundles",
            sources=[web_client()],
            destination_bucket=self.site,
            exclude=["*"],
            include=["assets/*"],
            prune=False,
            cache_control=[s3_deployment.CacheControl.from_string("public, max-age=31536000, immutable")],
        )
        pages = s3_deployment.BucketDeployment(
            self,
            "Pages",
            sources=[web_client()],
            destination_bucket=self.site,
            exclude=["assets/*"],
            cache_control=[s3_deployment.CacheControl.from_string("no-cache")],
            distribution=self.distribution,
            distribution_paths=["/", "/index.html"],
        )
        pages.node.add_dependency(bundles)
        accept(
            self.node.find_child(UPLOADER),
            "CDK's own uploader of assets: it reads CDK's asset bucket, writes the site's, and clears this "
            "distribution's cache; its code, runtime and policies are CDK's.",
            "L1",
            "IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole]",
            *(
                f"IAM5[Action::s3:{action}*]"
                for action in ("GetBucket", "GetObject", "List", "Abort", "DeleteObject")
            ),
            "IAM5[Resource::arn:<AWS::Partition>:s3:::cdk-hnb659fds-assets-<AWS::AccountId>-<AWS::Region>/*]",
            f"IAM5[Resource::<{self.get_logical_id(_resource(self.site))}.Arn>/*]",
            "IAM5[Resource::*]",
        )

    def _say_addresses(self) -> None:
        for name, value in {
            "PublicUrl": self.public_url,
            "SocketUrl": self.socket_url,
            "SocketCallbackUrl": self.socket_callback_url,
            "HttpApiUrl": self.http_api.api_endpoint,
            "SiteBucket": self.site.bucket_name,
            "DistributionId": self.distribution.distribution_id,
        }.items():
            CfnOutput(self, name, value=value)


def _resource(construct: IConstruct) -> CfnElement:
    child = construct.node.default_child
    if not isinstance(child, CfnElement):
        raise TypeError(f"{construct.node.path} is not one CloudFormation resource")
    return child
