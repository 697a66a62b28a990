"""Who can reach whom: the VPC, and the security groups of everything that calls somebody else.

Stores guard their own doors (`stores.py`); rules that need only addresses and ports are here, so that no two
stacks need each other.
"""

from typing import Any

from aws_cdk import RemovalPolicy, Stack
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_logs as logs
from constructs import Construct

from infra.accepted import accept
from infra.settings import Deployment

MEDIA_PORT = 10_000
CONTROL_PORT = 8081
POSTGRES_PORT = 5432
VALKEY_PORT = 6379
KEYSPACES_PORT = 9142


class NetworkStack(Stack):
    """Two zones of public (media nodes, NAT), private (functions) and isolated (stores) subnets."""

    def __init__(self, scope: Construct, construct_id: str, *, deployment: Deployment, **kwargs: Any) -> None:
        super().__init__(scope, construct_id, **kwargs)
        self.vpc = self._vpc(deployment)
        self.functions = self._group("FunctionsGroup", "Functions")
        self.migration = self._group("MigrationGroup", "The migration")
        self.nodes = self._group("NodesGroup", "Media nodes")
        self._let_callers_out()
        self._let_callers_into_nodes()
        self._add_endpoints()

    def _vpc(self, deployment: Deployment) -> ec2.Vpc:
        flow_log = logs.LogGroup(
            self,
            "FlowLog",
            retention=logs.RetentionDays.ONE_MONTH,
            removal_policy=RemovalPolicy.DESTROY,
        )
        return ec2.Vpc(
            self,
            "Vpc",
            ip_addresses=ec2.IpAddresses.cidr("10.40.0.0/16"),
            max_azs=2,
            # Functions post to @connections: an execute-api endpoint would serve private APIs only.
            nat_gateways=deployment.nat_gateways,
            subnet_configuration=[
                ec2.SubnetConfiguration(
                    name="public",
                    subnet_type=ec2.SubnetType.PUBLIC,
                    cidr_mask=22,
                    map_public_ip_on_launch=False,  # nodes ask for their own address
                ),
                ec2.SubnetConfiguration(
                    name="private", subnet_type=ec2.SubnetType.PRIVATE_WITH_EGRESS, cidr_mask=20
                ),
                ec2.SubnetConfiguration(
                    name="isolated", subnet_type=ec2.SubnetType.PRIVATE_ISOLATED, cidr_mask=24
                ),
            ],
            flow_logs={
                "Rejected": ec2.FlowLogOptions(
                    # Accepted media packets are most of the traffic and say nothing here.
                    traffic_type=ec2.FlowLogTrafficType.REJECT,
                    destination=ec2.FlowLogDestination.to_cloud_watch_logs(flow_log),
                )
            },
            gateway_endpoints={
                "S3": ec2.GatewayVpcEndpointOptions(service=ec2.GatewayVpcEndpointAwsService.S3)
            },
        )

    def _group(self, construct_id: str, description: str) -> ec2.SecurityGroup:
        return ec2.SecurityGroup(
            self, construct_id, vpc=self.vpc, description=description, allow_all_outbound=False
        )

    def _let_callers_out(self) -> None:
        inside, https = ec2.Peer.ipv4(self.vpc.vpc_cidr_block), ec2.Port.tcp(443)
        for group in (self.functions, self.nodes):
            group.add_egress_rule(ec2.Peer.any_ipv4(), https, "AWS APIs")
            group.add_egress_rule(inside, ec2.Port.tcp(POSTGRES_PORT), "PostgreSQL")
            group.add_egress_rule(inside, ec2.Port.tcp(VALKEY_PORT), "Valkey")
            group.add_egress_rule(inside, ec2.Port.tcp(KEYSPACES_PORT), "Keyspaces")
        self.functions.add_egress_rule(inside, ec2.Port.tcp(CONTROL_PORT), "Control of media nodes")
        self.nodes.add_egress_rule(ec2.Peer.any_ipv4(), ec2.Port.all_udp(), "Media to any client")
        self.migration.add_egress_rule(inside, ec2.Port.tcp(POSTGRES_PORT), "PostgreSQL")
        self.migration.add_egress_rule(inside, https, "Secrets Manager")

    def _let_callers_into_nodes(self) -> None:
        self.nodes.add_ingress_rule(
            self.functions, ec2.Port.tcp(CONTROL_PORT), "Functions control media nodes"
        )
        self.nodes.add_ingress_rule(
            ec2.Peer.any_ipv4(), ec2.Port.udp(MEDIA_PORT), "Media: ICE, DTLS and SRTP on one port"
        )
        accept(
            self.nodes,
            "Browsers anywhere send media here: one UDP port, where only datagrams of an authenticated ICE "
            "pair are looked at. The control port is open to the functions alone.",
            "EC23",
        )

    def _add_endpoints(self) -> None:
        """Secrets, queued messages and events stay inside; the rest is too little to pay for an endpoint."""
        group = self._group("EndpointsGroup", "Interface endpoints")
        for caller in (self.functions, self.migration, self.nodes):
            group.add_ingress_rule(caller, ec2.Port.tcp(443), "AWS APIs inside the VPC")
        for caller in (self.functions, self.nodes):
            group.add_ingress_rule(caller, ec2.Port.tcp(KEYSPACES_PORT), "Keyspaces inside the VPC")
        for name, service in {
            "SecretsManager": ec2.InterfaceVpcEndpointAwsService.SECRETS_MANAGER,
            "Sqs": ec2.InterfaceVpcEndpointAwsService.SQS,
            "Keyspaces": ec2.InterfaceVpcEndpointAwsService.KEYSPACES,
        }.items():
            self.vpc.add_interface_endpoint(
                name,
                service=service,
                security_groups=[group],
                open=False,
                subnets=ec2.SubnetSelection(subnet_type=ec2.SubnetType.PRIVATE_WITH_EGRESS),
            )
