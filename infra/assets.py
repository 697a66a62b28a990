"""What is uploaded: the functions' code, the two layers, the web client. All bundled here, without Docker.

A synth that does not bundle (context `aws:cdk:bundling-stacks: []`) points at the sources instead.
"""

from pathlib import Path
from typing import Any

import jsii
from aws_cdk import (
    Annotations,
    AssetHashType,
    BundlingOptions,
    DockerImage,
    IgnoreMode,
    ILocalBundling,
    Stack,
)
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_s3_deployment as s3_deployment
from constructs import Construct

from infra.bundling import IMAGING_LOCK, LOCK, ROOT, bundle_sources, bundle_vendor
from infra.web_build import NOT_SOURCE, WEB, build_web

RUNTIME = lambda_.Runtime.PYTHON_3_13
ARCHITECTURE = lambda_.Architecture.ARM_64
NO_BYTECODE = (
    "No Python 3.13 found (LAMBDA_PYTHON, or python3.13 on the path): functions are deployed WITHOUT "
    "bytecode, and every cold start takes twice the time. Bytecode of another version would be ignored."
)


@jsii.implements(ILocalBundling)
class Wheels:
    """A layer of locked wheels for Lambda's Python and processor."""

    def __init__(self, scope: Construct, lock: Path) -> None:
        self._scope, self._lock = scope, lock

    def try_bundle(self, output_dir: str, *_: Any, **__: Any) -> bool:
        _warn_without_bytecode(self._scope, compiled=bundle_vendor(Path(output_dir), lock=self._lock))
        return True


@jsii.implements(ILocalBundling)
class Sources:
    """Packages of this repository, copied and compiled; `prefix` is where they lie in the asset."""

    def __init__(self, scope: Construct, packages: list[Path], prefix: str) -> None:
        self._scope, self._packages, self._prefix = scope, packages, prefix

    def try_bundle(self, output_dir: str, *_: Any, **__: Any) -> bool:
        compiled = bundle_sources(self._packages, Path(output_dir) / self._prefix)
        _warn_without_bytecode(self._scope, compiled=compiled)
        return True


@jsii.implements(ILocalBundling)
class WebBuild:
    """The web client, built from its sources."""

    def try_bundle(self, output_dir: str, *_: Any, **__: Any) -> bool:
        build_web(Path(output_dir))
        return True


def layers(scope: Construct) -> list[lambda_.ILayerVersion]:
    """Core and vendor, once a stack: an exported version cannot be replaced while another stack uses it."""
    core = ROOT / "layers/core"
    packages = sorted(
        child for child in (core / "python").iterdir() if child.is_dir() and child.name[0] != "_"
    )
    return [
        lambda_.LayerVersion(
            scope,
            "CoreLayer",
            description="convoke: the product",
            code=_code(scope, core, Sources(scope, packages, "python")),
            compatible_runtimes=[RUNTIME],
            compatible_architectures=[ARCHITECTURE],
        ),
        _wheels(scope, "VendorLayer", "Locked third-party wheels", LOCK),
    ]


def imaging_layer(scope: Construct) -> lambda_.ILayerVersion:
    """Pillow and its like: 20 MB for the one function that looks into uploads (docs/decisions/0010)."""
    return _wheels(scope, "ImagingLayer", "Locked wheels that read pictures", IMAGING_LOCK)


def _wheels(scope: Construct, name: str, description: str, lock: Path) -> lambda_.LayerVersion:
    return lambda_.LayerVersion(
        scope,
        name,
        description=description,
        # The lock stands for its wheels in the hash: nothing is installed only to find nothing new.
        code=lambda_.Code.from_asset(
            str(lock.parent),
            asset_hash_type=AssetHashType.SOURCE,
            bundling=_bundling(Wheels(scope, lock)),
        ),
        compatible_runtimes=[RUNTIME],
        compatible_architectures=[ARCHITECTURE],
    )


def function_code(scope: Construct, *packages: str) -> lambda_.Code:
    """An asset whose root holds just these packages of the repository."""
    folders = [ROOT / package for package in packages]
    exclude = ["*", *(f"!{package}" for package in packages), *(f"!{package}/**" for package in packages)]
    return _code(scope, ROOT, Sources(scope, folders, ""), exclude=exclude)


def web_client() -> s3_deployment.ISource:
    return s3_deployment.Source.asset(
        str(WEB),
        asset_hash_type=AssetHashType.SOURCE,
        exclude=[*NOT_SOURCE],
        bundling=_bundling(WebBuild()),
    )


def _code(
    scope: Construct, path: Path, sources: Sources, *, exclude: list[str] | None = None
) -> lambda_.Code:
    """Bundled with bytecode; or, when this synth does not bundle, a plain copy of the sources."""
    return lambda_.Code.from_asset(
        str(path),
        asset_hash_type=AssetHashType.SOURCE,
        exclude=[*(exclude or []), "**/__pycache__", "**/*.pyc"],
        ignore_mode=IgnoreMode.GIT,
        bundling=_bundling(sources) if Stack.of(scope).bundling_required else None,
    )


def _bundling(local: ILocalBundling) -> BundlingOptions:
    # CDK wants an image to fall back on; `try_bundle` succeeds or raises, so it is never pulled.
    return BundlingOptions(image=DockerImage.from_registry("scratch"), local=local)


def _warn_without_bytecode(scope: Construct, *, compiled: bool) -> None:
    if not compiled:
        Annotations.of(scope).add_warning_v2("convoke:no-bytecode", NO_BYTECODE)
