"""The one way to live with a cdk-nag finding: name it exactly and say why. Anything else fails the synth."""

from aws_cdk import Acknowledgment, Validations
from constructs import IConstruct


def accept(construct: IConstruct, reason: str, *findings: str) -> None:
    """`findings`: exact ids of cdk-nag's AwsSolutions pack, without its prefix (`IAM5[Resource::*]`)."""
    Validations.of(construct).acknowledge(
        *(Acknowledgment(id=f"AwsSolutions-{finding}", reason=reason) for finding in findings)
    )
