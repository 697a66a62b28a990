"""Where the truth, what is live, files and waiting messages are kept, and who may knock."""

from typing import Any

from aws_cdk import ArnFormat, Duration, RemovalPolicy, SecretValue, Stack
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_elasticache as elasticache
from aws_cdk import aws_iam as iam
from aws_cdk import aws_rds as rds
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_secretsmanager as secretsmanager
from aws_cdk import aws_ses as ses
from constructs import Construct

from infra.accepted import accept
from infra.analytics_tables import make_tables
from infra.queues import queue_of
from infra.settings import Deployment
from infra.stacks.network import POSTGRES_PORT, VALKEY_PORT, NetworkStack
from infra.uploads import FileKeys, accept_uploads

DATABASE_NAME = "convoke"
OWNER_ROLE = "convoke"
APP_ROLE = "convoke_app"
_ROTATION = (
    "Rotating it ends every session or needs a window with two tokens: done on purpose when a key may be "
    "known, and not by a timer."
)
_USUAL_PORT = (
    "In isolated subnets behind a security group, an unusual port would hide nothing from who gets there."
)


class StoresStack(Stack):
    """Aurora behind its proxy, Valkey, Keyspaces, buckets, queues and the secrets."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        deployment: Deployment,
        network: NetworkStack,
        **kwargs: Any,
    ) -> None:
        super().__init__(scope, construct_id, **kwargs)
        self._network = network
        self._isolated = ec2.SubnetSelection(subnet_type=ec2.SubnetType.PRIVATE_ISOLATED)
        self.cluster = self._aurora(deployment)
        self.proxy = self._proxy()
        self.valkey_auth = self._valkey_auth()
        self.valkey = self._valkey()
        keys = self._token_keys()
        self.edge_key = keys["edge"]
        # A secret can generate one value only, so this one is put together from those of several.
        self.tokens = secretsmanager.Secret(
            self, "Tokens", description='Keys: {"jwt", "node", "edge", "push"}', secret_object_value=keys
        )
        make_tables(self)
        self._access_logs = self._access_logs_bucket()
        self.files = self._bucket("Files", "files/")
        self.recordings = self._bucket("Recordings", "recordings/")
        # A departure older than an hour is found by the sweep as well.
        self.departures, self.departures_dead = queue_of(
            self, "Departures", seconds=30, keep=Duration.hours(1)
        )
        # So is a call that rings for too long.
        self.calls, self.calls_dead = queue_of(self, "Calls", seconds=30, keep=Duration.hours(1))
        # So is a notification; what is old is not worth telling.
        self.notifications, self.notifications_dead = queue_of(
            self, "Notifications", seconds=60, keep=Duration.hours(1)
        )
        # An upload that nobody has checked within four days is an orphan long since.
        self.uploads, self.uploads_dead = queue_of(self, "Uploads", seconds=300, keep=Duration.days(4))
        accept_uploads(self.files, self.uploads, deployment)
        export = f"convoke-{deployment.environment}-files"
        self.file_keys = FileKeys(self.export_value(self.files.bucket_arn, name=export), export)
        # Its DNS records (DKIM) are put in by hand, as the certificate's are: docs/operations.md.
        self.mail = (
            ses.EmailIdentity(self, "MailDomain", identity=ses.Identity.domain(deployment.domain))
            if deployment.domain
            else None
        )
        for secret in (self.valkey_auth, self.tokens):
            accept(secret, _ROTATION, "SMG4")

    def _door(
        self, construct_id: str, store: str, port: int, *callers: ec2.ISecurityGroup
    ) -> ec2.SecurityGroup:
        door = ec2.SecurityGroup(
            self, construct_id, vpc=self._network.vpc, description=store, allow_all_outbound=False
        )
        for caller in callers:
            door.add_ingress_rule(caller, ec2.Port.tcp(port), f"To {store}")
        return door

    def _aurora(self, deployment: Deployment) -> rds.DatabaseCluster:
        # The major version that every test runs against here.
        engine = rds.DatabaseClusterEngine.aurora_postgres(version=rds.AuroraPostgresEngineVersion.VER_18_4)
        # The proxy lets itself in.
        door = self._door("DatabaseDoor", "Aurora", POSTGRES_PORT, self._network.migration)
        cluster = rds.DatabaseCluster(
            self,
            "Database",
            engine=engine,
            vpc=self._network.vpc,
            vpc_subnets=self._isolated,
            security_groups=[door],
            default_database_name=DATABASE_NAME,
            # RDS keeps and rotates the owner's password; only the migration may read it.
            credentials=rds.Credentials.from_username(OWNER_ROLE),
            manage_master_user_password=True,
            iam_authentication=True,
            writer=rds.ClusterInstance.serverless_v2("Writer", enable_performance_insights=True),
            # Scales with the writer, so that a failover lands on something warm.
            readers=[
                rds.ClusterInstance.serverless_v2(
                    "Reader", scale_with_writer=True, enable_performance_insights=True
                )
            ],
            serverless_v2_min_capacity=0.5,
            serverless_v2_max_capacity=deployment.aurora_max_capacity,
            parameter_group=self._parameters(engine),
            storage_encrypted=True,
            backup=rds.BackupProps(retention=Duration.days(14), preferred_window="02:00-03:00"),
            copy_tags_to_snapshot=True,
            deletion_protection=True,
            removal_policy=RemovalPolicy.SNAPSHOT,
            cloudwatch_logs_exports=["postgresql"],
            enable_performance_insights=True,
        )
        accept(cluster, _USUAL_PORT, "RDS11")
        return cluster

    def _parameters(self, engine: rds.IClusterEngine) -> rds.ParameterGroup:
        return rds.ParameterGroup(
            self,
            "DatabaseParameters",
            engine=engine,
            description="Convoke",
            parameters={
                "rds.force_ssl": "1",
                "log_min_duration_statement": "500",
                "idle_in_transaction_session_timeout": "30000",
            },
        )

    def _proxy(self) -> rds.DatabaseProxy:
        """Callers come as `convoke_app` with an IAM token, and the proxy goes on with one of its own."""
        network = self._network
        door = self._door("ProxyDoor", "RDS Proxy", POSTGRES_PORT, network.functions, network.nodes)
        role = iam.Role(self, "ProxyRole", assumed_by=iam.ServicePrincipal("rds.amazonaws.com"))
        proxy = rds.DatabaseProxy(
            self,
            "DatabaseProxy",
            proxy_target=rds.ProxyTarget.from_cluster(self.cluster),
            vpc=network.vpc,
            vpc_subnets=self._isolated,
            security_groups=[door],
            role=role,
            default_auth_scheme=rds.DefaultAuthScheme.IAM_AUTH,
            require_tls=True,
            borrow_timeout=Duration.seconds(5),
            idle_client_timeout=Duration.minutes(30),
        )
        role.add_to_policy(
            iam.PolicyStatement(
                actions=["rds-db:connect"],
                resources=[
                    self.format_arn(
                        service="rds-db",
                        resource="dbuser",
                        resource_name=f"{self.cluster.cluster_resource_identifier}/{APP_ROLE}",
                        arn_format=ArnFormat.COLON_RESOURCE_NAME,
                    )
                ],
            )
        )
        return proxy

    def _valkey_auth(self) -> secretsmanager.Secret:
        return secretsmanager.Secret(
            self,
            "ValkeyAuth",
            description='AUTH token of Valkey: {"token"}',
            generate_secret_string=secretsmanager.SecretStringGenerator(
                secret_string_template="{}",  # noqa: S106 (an empty object, to be filled)
                generate_string_key="token",
                exclude_punctuation=True,
                password_length=64,
            ),
        )

    def _valkey(self) -> elasticache.CfnReplicationGroup:
        network = self._network
        door = self._door("ValkeyDoor", "Valkey", VALKEY_PORT, network.functions, network.nodes)
        subnets = elasticache.CfnSubnetGroup(
            self,
            "ValkeySubnets",
            description="Isolated subnets",
            subnet_ids=network.vpc.select_subnets(subnet_type=ec2.SubnetType.PRIVATE_ISOLATED).subnet_ids,
        )
        token = self.valkey_auth.secret_value_from_json("token")
        valkey = elasticache.CfnReplicationGroup(
            self,
            "Valkey",
            replication_group_description="What is live: presence, sequences, connections, rate limits",
            engine="valkey",
            engine_version="8.1",
            cache_node_type="cache.t4g.medium",
            # Cluster mode stays off: the Lua scripts touch several keys, which must share one shard.
            num_cache_clusters=2,
            automatic_failover_enabled=True,
            multi_az_enabled=True,
            at_rest_encryption_enabled=True,
            transit_encryption_enabled=True,
            transit_encryption_mode="required",
            auth_token=_resolved(token),
            cache_subnet_group_name=subnets.ref,
            security_group_ids=[door.security_group_id],
            snapshot_retention_limit=1,
            auto_minor_version_upgrade=True,
        )
        accept(valkey, _USUAL_PORT, "AEC5")
        return valkey

    def _token_keys(self) -> dict[str, SecretValue]:
        """Signing keys of access tokens and of node control, what only CloudFront knows (`edge`), and of what
        the key is made by which push services know this deployment (`push`)."""
        keys: dict[str, SecretValue] = {}
        for name in ("jwt", "node", "edge", "push"):
            key = secretsmanager.Secret(
                self,
                f"{name.capitalize()}Key",
                description=f"The {name} key",
                generate_secret_string=secretsmanager.SecretStringGenerator(
                    exclude_punctuation=True, password_length=64
                ),
            )
            accept(key, "It changes with the secret that is put together from it.", "SMG4")
            keys[name] = key.secret_value
        return keys

    def _access_logs_bucket(self) -> s3.Bucket:
        bucket = s3.Bucket(
            self,
            "AccessLogs",
            block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
            encryption=s3.BucketEncryption.S3_MANAGED,
            enforce_ssl=True,
            lifecycle_rules=[s3.LifecycleRule(expiration=Duration.days(90))],
            removal_policy=RemovalPolicy.RETAIN,
        )
        accept(bucket, "It is where access logs go; logging them to itself would never end.", "S1")
        return bucket

    def _bucket(self, construct_id: str, prefix: str) -> s3.Bucket:
        return s3.Bucket(
            self,
            construct_id,
            block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
            object_ownership=s3.ObjectOwnership.BUCKET_OWNER_ENFORCED,
            encryption=s3.BucketEncryption.S3_MANAGED,
            enforce_ssl=True,
            minimum_tls_version=1.2,
            versioned=True,
            server_access_logs_bucket=self._access_logs,
            server_access_logs_prefix=prefix,
            lifecycle_rules=[
                s3.LifecycleRule(
                    abort_incomplete_multipart_upload_after=Duration.days(2),
                    # What a person deletes is gone for good after a week, versions too.
                    noncurrent_version_expiration=Duration.days(7),
                    transitions=[
                        s3.Transition(
                            storage_class=s3.StorageClass.INTELLIGENT_TIERING,
                            transition_after=Duration.days(0),
                        )
                    ],
                )
            ],
            removal_policy=RemovalPolicy.RETAIN,
        )


def _resolved(value: SecretValue) -> str:
    """A dynamic reference, which CloudFormation resolves; the template never holds the value."""
    return value.unsafe_unwrap()
