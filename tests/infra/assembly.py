"""Reads a synthesized cloud the way the tests ask about it."""

import json
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
Synthesize = Callable[..., subprocess.CompletedProcess[str]]
Properties = dict[str, Any]


@dataclass(frozen=True)
class Found:
    """One resource: where it stands and what it says."""

    stack: str
    key: str
    properties: Properties


@dataclass(frozen=True)
class Assembly:
    """The templates in `folder` by stack name."""

    folder: Path
    templates: dict[str, dict[str, Any]]

    @classmethod
    def read(cls, folder: Path) -> "Assembly":
        files = sorted(folder.glob("*.template.json"))
        return cls(folder, {file.name.split(".")[0]: json.loads(file.read_text()) for file in files})

    def all(self, kind: str) -> list[Found]:
        return [
            Found(stack, key, resource.get("Properties", {}))
            for stack, template in self.templates.items()
            for key, resource in template["Resources"].items()
            if resource["Type"] == kind
        ]

    def one(self, kind: str, prefix: str = "") -> Found:
        (found,) = [found for found in self.all(kind) if found.key.startswith(prefix)]
        return found

    def functions(self) -> dict[str, Found]:
        """The product's functions by handler; CDK's own helpers at deploy are not among them."""
        found = {each.properties["Handler"]: each for each in self.all("AWS::Lambda::Function")}
        return {handler: each for handler, each in found.items() if handler.startswith("functions.")}

    def handler_behind(self, stack: str, key: str) -> str:
        """Follows integration, alias and version to the function that answers, and gives its handler."""
        resource = self.templates[stack]["Resources"][key]
        properties = resource["Properties"]
        match resource["Type"]:
            case "AWS::Lambda::Function":
                return str(properties["Handler"])
            case "AWS::ApiGatewayV2::Integration":
                return self.handler_behind(stack, _only_reference(properties["IntegrationUri"]))
            case "AWS::ApiGatewayV2::Route":
                return self.handler_behind(stack, _only_reference(properties["Target"]))
            case _:
                return self.handler_behind(stack, _only_reference(properties["FunctionName"]))

    def statements(self, role: str) -> list[dict[str, Any]]:
        """What a role may do: its inline policies and those attached to it."""
        found: list[dict[str, Any]] = []
        for each in self.all("AWS::IAM::Role"):
            if each.key == role:
                for policy in each.properties.get("Policies", []):
                    found += policy["PolicyDocument"]["Statement"]
        for each in self.all("AWS::IAM::Policy"):
            if {"Ref": role} in each.properties["Roles"]:
                found += each.properties["PolicyDocument"]["Statement"]
        return found

    def actions(self, found: Found) -> set[str]:
        """Everything that a function's role lets it do."""
        role = found.properties["Role"]["Fn::GetAtt"][0]
        return {action for statement in self.statements(role) for action in listed(statement["Action"])}

    def asset(self, found: Found) -> Path:
        """Where the code of a function or the content of a layer lies."""
        where = found.properties.get("Code") or found.properties["Content"]
        listed_assets = json.loads((self.folder / f"{found.stack}.assets.json").read_text())["files"]
        path: str = listed_assets[where["S3Key"].removesuffix(".zip")]["source"]["path"]
        return (self.folder / path).resolve()


def listed(value: Any) -> list[Any]:
    """A policy writes one thing plain and several as a list."""
    return value if isinstance(value, list) else [value]


def strings(value: Any) -> Iterator[str]:
    """Every text anywhere inside."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for item in value.values():
            yield from strings(item)
    elif isinstance(value, list):
        for item in value:
            yield from strings(item)


def _only_reference(value: Any) -> str:
    (reference,) = {found for found in _references(value) if not found.startswith("AWS::")}
    return reference


def _references(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        if "Ref" in value:
            yield value["Ref"]
        for item in value.values():
            yield from _references(item)
    elif isinstance(value, list):
        for item in value:
            yield from _references(item)
