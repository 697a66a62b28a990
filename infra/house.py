"""The stacks and what they stand on, lowest first."""

from aws_cdk import App, Tags, Validations
from cdk_nag import AwsSolutionsChecks

from infra.settings import Deployment
from infra.stacks.api import ApiStack
from infra.stacks.jobs import JobsStack
from infra.stacks.media import MediaStack
from infra.stacks.network import NetworkStack
from infra.stacks.observability import ObservabilityStack
from infra.stacks.stores import StoresStack
from infra.stacks.web import WebStack


def build(app: App) -> None:
    """All stacks of one deployment. A finding of cdk-nag that is not accepted by name fails the synth."""
    deployment = Deployment.from_context(app.node)
    # No account or region: one template deploys anywhere, to where `cdk`'s profile points.
    where = {"termination_protection": deployment.environment == "prod"}
    network = NetworkStack(app, "ConvokeNetwork", deployment=deployment, **where)
    stores = StoresStack(app, "ConvokeStores", deployment=deployment, network=network, **where)
    web = WebStack(app, "ConvokeWeb", deployment=deployment, stores=stores, **where)
    jobs = JobsStack(
        app, "ConvokeJobs", deployment=deployment, network=network, stores=stores, web=web, **where
    )
    api = ApiStack(app, "ConvokeApi", deployment=deployment, network=network, stores=stores, web=web, **where)
    media = MediaStack(app, "ConvokeMedia", deployment=deployment, network=network, stores=stores, **where)
    # The migration first: what comes after may use the new tables.
    api.add_stack_dependency(jobs)
    media.add_stack_dependency(jobs)
    ObservabilityStack(
        app,
        "ConvokeObservability",
        deployment=deployment,
        stores=stores,
        web=web,
        api=api,
        jobs=jobs,
        media=media,
        **where,
    )
    for key, value in {"product": "convoke", "environment": deployment.environment}.items():
        # CDK offers tags on target groups of a proxy; CloudFormation's schema has none.
        Tags.of(app).add(key, value, exclude_resource_types=["AWS::RDS::DBProxyTargetGroup"])
    Validations.of(app).add_plugins(AwsSolutionsChecks(app))
