"""CloudFormation templates of a cloud assembly with their references resolved to local names."""

import json
import re
from collections.abc import Callable, Iterator
from functools import cached_property
from pathlib import Path
from typing import Any

REGION = "eu-central-1"
ACCOUNT = "123456789012"

_PSEUDO = {
    "AWS::Region": REGION,
    "AWS::AccountId": ACCOUNT,
    "AWS::Partition": "aws",
    "AWS::URLSuffix": "amazonaws.com",
    "AWS::NoValue": None,
}
# The property that names a resource; without it the name is made of stack and logical id.
_NAMES = ("FunctionName", "QueueName", "BucketName", "TableName", "AliasName", "Name", "LayerName")
_ARNS = {
    "AWS::Lambda::Function": "arn:aws:lambda:{region}:{account}:function:{name}",
    "AWS::SQS::Queue": "arn:aws:sqs:{region}:{account}:{name}",
    "AWS::S3::Bucket": "arn:aws:s3:::{name}",
}


def regional_domain(bucket: str) -> str:
    """Where S3 has a bucket of this name."""
    return f"{bucket}.s3.{REGION}.amazonaws.com"


class Templates:
    """Every stack of the assembly in `folder`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        manifest = json.loads((folder / "manifest.json").read_text())
        self.stacks = [
            Stack(self, artifact.get("properties", {}).get("stackName", key), folder, artifact)
            for key, artifact in manifest["artifacts"].items()
            if artifact["type"] == "aws:cloudformation:stack"
        ]

    def of_type(self, *types: str) -> Iterator[tuple["Stack", str, dict[str, Any]]]:
        """(stack, logical id, properties) of every resource of these types."""
        for stack in self.stacks:
            for key, resource in stack.resources.items():
                if resource["Type"] in types:
                    yield stack, key, resource.get("Properties", {})

    @cached_property
    def exports(self) -> dict[str, tuple["Stack", Any]]:
        return {
            str(stack.resolve(output["Export"]["Name"])): (stack, output["Value"])
            for stack in self.stacks
            for output in stack.outputs.values()
            if "Export" in output
        }

    def output(self, stack_name: str, output: str) -> Any:
        for stack in self.stacks:
            if stack.name == stack_name:
                return stack.resolve(stack.outputs[output]["Value"])
        raise KeyError(f"no stack {stack_name} in the assembly")


class Stack:
    """One template. Values that only the cloud knows become names that are unique and readable."""

    def __init__(self, templates: Templates, name: str, folder: Path, artifact: dict[str, Any]) -> None:
        self.name = name
        self.templates = templates
        template = json.loads((folder / artifact["properties"]["templateFile"]).read_text())
        self.resources: dict[str, Any] = template.get("Resources", {})
        self.outputs: dict[str, Any] = template.get("Outputs", {})
        self.mappings: dict[str, Any] = template.get("Mappings", {})
        self.conditions: dict[str, Any] = template.get("Conditions", {})
        self.parameters: dict[str, Any] = template.get("Parameters", {})

    def physical_name(self, key: str) -> str:
        """The name a resource is known by locally: its own or one made of stack and logical id."""
        properties = self.resources[key].get("Properties", {})
        for name in _NAMES:
            if name in properties:
                return str(self.resolve(properties[name]))
        text = f"{self.name}-{key}"
        return text.lower() if self.resources[key]["Type"] == "AWS::S3::Bucket" else text

    def attribute(self, key: str, attribute: str) -> str:
        """What `Ref` or `Fn::GetAtt` of a resource stands for."""
        kind = self.resources[key]["Type"]
        properties = self.resources[key].get("Properties", {})
        if kind == "AWS::Lambda::Alias" and attribute in ("Ref", "AliasArn"):
            return f"{self._function_arn(properties)}:{properties['Name']}"
        if kind == "AWS::Lambda::Version" and attribute in ("Ref", "FunctionArn"):
            return f"{self._function_arn(properties)}:1"
        if attribute == "Arn" and kind in _ARNS:
            return _ARNS[kind].format(region=REGION, account=ACCOUNT, name=self.physical_name(key))
        if attribute == "RegionalDomainName":
            return regional_domain(self.physical_name(key))
        if attribute in ("QueueName", "FunctionName") or (attribute == "Ref" and kind in _ARNS):
            return self.physical_name(key)
        return f"{self.name}.{key}" if attribute == "Ref" else f"{self.name}.{key}.{attribute}"

    def find(self, reference: str) -> tuple["Stack", dict[str, Any]] | None:
        """The resource behind what `attribute(key, "Ref")` gave, in whichever stack."""
        stack_name, _, key = str(reference).partition(".")
        for stack in self.templates.stacks:
            if stack.name == stack_name and key in stack.resources:
                return stack, stack.resources[key].get("Properties", {})
        return None

    def asset(self, code: dict[str, Any]) -> Path | None:
        """The folder of a code or layer asset: its file name in the bucket is its content hash."""
        object_key = self.resolve(code.get("S3Key", ""))
        if not object_key:
            return None
        found = self._assets.get(str(object_key).split("/")[-1].removesuffix(".zip"))
        return found if found and found.is_dir() else None

    def resolve(self, value: Any) -> Any:
        """The value with every intrinsic function worked out."""
        if isinstance(value, list):
            return [self.resolve(item) for item in value]
        if not isinstance(value, dict):
            return value
        if len(value) == 1:
            name, argument = next(iter(value.items()))
            if name == "Ref" or name.startswith("Fn::") or name == "Condition":
                return self._intrinsic(name, argument)
        return {key: self.resolve(item) for key, item in value.items()}

    def json(self, value: Any) -> Any:
        """A property that is JSON text, or an object already."""
        resolved = self.resolve(value)
        return json.loads(resolved) if isinstance(resolved, str) else resolved

    @cached_property
    def _assets(self) -> dict[str, Path]:
        found: dict[str, Path] = {}
        for file in self.templates.folder.glob("*.assets.json"):
            for key, asset in json.loads(file.read_text()).get("files", {}).items():
                found[key] = self.templates.folder / asset["source"]["path"]
                for destination in asset.get("destinations", {}).values():
                    found[destination["objectKey"].split("/")[-1].removesuffix(".zip")] = found[key]
        return found

    def _function_arn(self, properties: dict[str, Any]) -> str:
        name = str(self.resolve(properties["FunctionName"]))
        plain = name.rpartition(":function:")[2].partition(":")[0]
        return _ARNS["AWS::Lambda::Function"].format(region=REGION, account=ACCOUNT, name=plain)

    def _intrinsic(self, name: str, argument: Any) -> Any:
        if name in _PLAIN:
            return _PLAIN[name](self.resolve(argument))
        known: dict[str, Callable[[Any], Any]] = {
            "Ref": self._ref,
            "Fn::GetAtt": self._get_att,
            "Fn::Sub": self._substitute,
            "Fn::ImportValue": self._import,
            "Fn::GetStackOutput": self._output,
            "Fn::If": lambda it: self.resolve(it[1] if self._holds(it[0]) else it[2]),
            "Fn::FindInMap": lambda it: self.mappings[it[0]][self.resolve(it[1])][self.resolve(it[2])],
            "Condition": self._holds,
        }
        # What is left (Fn::Cidr, Fn::Transform …) shapes networks, which have no counterpart here.
        return known[name](argument) if name in known else f"{name}({self.resolve(argument)})"

    def _get_att(self, argument: str | list[str]) -> str:
        key, attribute = argument.split(".", 1) if isinstance(argument, str) else argument
        return self.attribute(key, attribute)

    def _import(self, argument: Any) -> Any:
        stack, value = self.templates.exports[str(self.resolve(argument))]
        return stack.resolve(value)

    def _output(self, argument: dict[str, Any]) -> Any:
        return self.templates.output(self.resolve(argument["StackName"]), argument["OutputName"])

    def _ref(self, key: str) -> Any:
        if key == "AWS::StackName":
            return self.name
        if key in _PSEUDO:
            return _PSEUDO[key]
        if key in self.parameters:
            return self.parameters[key].get("Default", key)
        return self.attribute(key, "Ref")

    def _substitute(self, argument: Any) -> str:
        text, given = (argument, {}) if isinstance(argument, str) else argument

        def replace(match: re.Match[str]) -> str:
            key = match[1]
            if key.startswith("!"):
                return f"${{{key[1:]}}}"
            if key in given:
                return str(self.resolve(given[key]))
            target, _, attribute = key.partition(".")
            return str(self.attribute(target, attribute) if attribute else self._ref(key))

        return re.sub(r"\$\{([^}]+)\}", replace, text)

    def _holds(self, condition: str) -> bool:
        return bool(self.resolve(self.conditions[condition]))


# Functions of resolved arguments alone.
_PLAIN: dict[str, Callable[[Any], Any]] = {
    "Fn::Join": lambda it: it[0].join(str(part) for part in it[1]),
    "Fn::Select": lambda it: it[1][int(it[0])] if int(it[0]) < len(it[1]) else "",
    "Fn::Split": lambda it: str(it[1]).split(it[0]),
    "Fn::GetAZs": lambda _: [f"{REGION}{zone}" for zone in "abc"],
    "Fn::Equals": lambda it: it[0] == it[1],
    "Fn::Not": lambda it: not it[0],
    "Fn::And": all,
    "Fn::Or": any,
    "Fn::Base64": lambda it: it,
}
