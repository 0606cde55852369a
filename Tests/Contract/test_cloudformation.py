"""cfn-lint finds no fault in what serverless.yml hands to CloudFormation: its resources and the function's rights."""

import json
import subprocess
import sys
from pathlib import Path

from variables import resolve


def template(deployed: dict) -> dict:
    """The resources of serverless.yml, and of those that the framework makes the ones that they refer to or go into."""
    assumed = {
        "Version": "2012-10-17",
        "Statement": [{
            "Effect": "Allow", "Principal": {"Service": ["lambda.amazonaws.com"]}, "Action": ["sts:AssumeRole"]}],
    }
    rights = {"Version": "2012-10-17", "Statement": deployed["provider"]["iam"]["role"]["statements"]}
    made = {
        "ApiGatewayRestApi": {"Type": "AWS::ApiGateway::RestApi", "Properties": {"Name": "whiplash"}},
        "IamRoleLambdaExecution": {
            "Type": "AWS::IAM::Role",
            "Properties": {
                "AssumeRolePolicyDocument": assumed,
                "Policies": [{"PolicyName": "whiplash", "PolicyDocument": rights}],
            },
        },
    }
    resources = deployed["resources"]
    return {
        "AWSTemplateFormatVersion": "2010-09-09",
        "Conditions": resources["Conditions"],
        "Resources": {**made, **resources["Resources"]},
    }


def findings(template: dict, path) -> list[dict]:
    path.write_text(json.dumps(template))
    command = [str(Path(sys.executable).with_name("cfn-lint")), "--format", "json", "--regions", "us-east-1", "--"]
    return json.loads(subprocess.run([*command, str(path)], capture_output=True, text=True).stdout)


def test_cfn_lint_finds_nothing(serverless_source, tmp_path):
    deployed = resolve(serverless_source, {"stage": "dev"})
    found = findings(template(deployed), tmp_path / "template.json")
    # W8003: a condition on a parameter of the framework is the same all through one deployment.
    assert [(it["Rule"]["Id"], it["Message"]) for it in found if it["Rule"]["Id"] != "W8003"] == []


def test_cfn_lint_would_find_a_fault(serverless_source, tmp_path):
    deployed = resolve(serverless_source, {"stage": "dev"})
    deployed["resources"]["Resources"]["MetadataTable"]["Properties"]["KeySchema"][0]["KeyType"] = "PARTITION"
    assert any(it["Level"] == "Error" for it in findings(template(deployed), tmp_path / "template.json"))


def test_the_framework_keeps_within_cloudformations_limit_of_resources(serverless_source):
    """Each route makes a method, each path a resource and an OPTIONS method; some twenty come besides."""
    deployed = resolve(serverless_source)
    events = [event["http"] for event in deployed["functions"]["api"]["events"] if "http" in event]
    paths = {part for event in events for part in prefixes(event["path"])}
    assert len(events) + 2 * len(paths) + len(deployed["resources"]["Resources"]) + 20 < 500
    assert len(paths) < 300, "API Gateway's limit of resources in an API"


def prefixes(path: str) -> list[str]:
    parts = path.strip("/").split("/")
    return ["/".join(parts[: count + 1]) for count in range(len(parts))]
