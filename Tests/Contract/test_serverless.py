"""serverless.yml deploys what api.yaml describes, with the settings of .env.example and rights on its own stage alone."""

import fnmatch
import json
import re

import pytest
from jsonschema import Draft202012Validator

from openapi import faults
from variables import resolve

STAGES = ("dev", "prod")

# Settings that mean nothing in the function, or are not given to it by this file.
ELSEWHERE = {
    "WHIPLASH_DATABASE": "SQLite's file",
    "WHIPLASH_HOST": "the local server's",
    "WHIPLASH_PORT": "the local server's",
    "WHIPLASH_URL": "the command line's",
    "WHIPLASH_PROFILE": "the command line's",
    "WHIPLASH_CACHE_MB": "half of the function's memory, unless set",
    "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "Lambda sets it",
    "WHIPLASH_API_KEY": "the gateway checks the stage's key; a literal one would stand in the CloudFormation template",
    "AWS_PROFILE": "names the credentials of who deploys; the function has its role",
    "AWS_REGION": "Lambda sets it and lets nobody else",
    "AWS_DEFAULT_REGION": "Lambda sets it and lets nobody else",
    "AWS_ENDPOINT_URL": "an emulator's",
    "AWS_ENDPOINT_URL_DYNAMODB": "an emulator's",
    "AWS_ACCESS_KEY_ID": "Lambda sets it",
    "AWS_SECRET_ACCESS_KEY": "Lambda sets it",
    "AWS_SESSION_TOKEN": "Lambda sets it",
    "AWS_CONFIG_FILE": "whose profile it is",
    "AWS_SHARED_CREDENTIALS_FILE": "whose profile it is",
}

# Lambda User Guide, "Defined runtime environment variables": a deployment that sets one of them fails.
RESERVED = re.compile(
    "_HANDLER|_X_AMZN_TRACE_ID|AWS_(DEFAULT_)?REGION|AWS_EXECUTION_ENV|AWS_LAMBDA_.*|AWS_ACCESS_KEY(_ID)?"
    "|AWS_SECRET_ACCESS_KEY|AWS_SESSION_TOKEN|LAMBDA_TASK_ROOT|LAMBDA_RUNTIME_DIR")


@pytest.fixture
def deployed(serverless_source):
    """The file as the framework sees it when it deploys to stage dev."""
    return resolve(serverless_source, options={"stage": "dev"})


@pytest.mark.parametrize("stage", STAGES)
@pytest.mark.parametrize("architecture", ("arm64", "x86_64"))
@pytest.mark.parametrize("system", ("2", "2023"))
def test_has_the_shape_that_all_frameworks_read(serverless_source, root, stage, architecture, system):
    schema = json.loads((root / "Tests/Contract/serverless.schema.json").read_text())
    deployed = resolve(
        serverless_source, options={"stage": stage, "region": "eu-central-1"},
        parameters={"architecture": architecture, "amazonLinux": system})
    assert [fault.message for fault in Draft202012Validator(schema).iter_errors(deployed)] == []


def test_deploys_without_any_option(serverless_source):
    provider = resolve(serverless_source)["provider"]
    assert (provider["stage"], provider["region"]) == ("dev", "us-east-1")
    assert provider["architecture"] == "arm64"


# What makes no sense of a function whose processes come and go.
OF_THE_SERVER_ALONE = {"getMetrics"}


def requests(deployed) -> list[dict]:
    """The events that are HTTP requests."""
    return [event["http"] for event in deployed["functions"]["api"]["events"] if "http" in event]


def test_maintenance_comes_each_hour_unless_it_is_switched_off(serverless_source):
    for parameters, enabled in (({}, True), ({"maintenance": "on"}, True), ({"maintenance": "off"}, False)):
        events = resolve(serverless_source, parameters=parameters)["functions"]["api"]["events"]
        schedules = [event["schedule"] for event in events if "schedule" in event]
        assert schedules == [{"rate": "rate(1 hour)", "enabled": enabled}]


def test_routes_are_those_of_api_yaml(deployed, operations):
    events = requests(deployed)
    wired = [(event["method"].upper(), event["path"]) for event in events]
    described = {(o["method"], o["path"]) for name, o in operations.items() if name not in OF_THE_SERVER_ALONE}
    assert sorted(wired) == sorted(described)


def test_every_route_asks_for_the_key(deployed):
    assert all(event["private"] is True for event in requests(deployed))
    assert deployed["provider"]["apiGateway"]["apiKeys"] == ["whiplash-dev"]


def test_web_pages_may_call_every_route(deployed):
    for event in requests(deployed):
        cors = event["cors"]
        assert cors["origin"] == "*" and cors["allowCredentials"] is False
        assert {header.lower() for header in cors["headers"]} >= {"content-type", "x-api-key"}


def test_a_get_may_have_a_body(deployed):
    assert deployed["provider"]["endpointType"] == "REGIONAL"


def test_the_function_answers_before_the_gateway_gives_up(deployed):
    assert deployed["provider"]["timeout"] < 29


def test_the_image_is_of_the_functions_architecture(serverless_source):
    for architecture, platform in (("arm64", "linux/arm64"), ("x86_64", "linux/amd64")):
        provider = resolve(serverless_source, parameters={"architecture": architecture})["provider"]
        assert provider["architecture"] == architecture
        assert provider["ecr"]["images"]["bootstrap"]["platform"] == platform


def test_the_image_is_built_from_the_dockerfile(deployed, root):
    function, images = deployed["functions"]["api"], deployed["provider"]["ecr"]["images"]
    image = images[function["image"]["name"]]
    dockerfile = root / image["path"] / image["file"]
    assert set(image["buildArgs"]) <= set(re.findall(r"^ARG (\w+)", dockerfile.read_text(), re.MULTILINE))
    assert "--provenance=false" in image["buildOptions"], "Lambda refuses an image with attestations"


# MARK: - Settings


def test_environment_is_the_settings(deployed, settings):
    environment = deployed["provider"]["environment"]
    assert set(environment) <= set(settings), "names that .env.example does not have"
    assert set(settings) - set(environment) <= set(ELSEWHERE), "settings the function does not get"
    assert not set(environment) & set(ELSEWHERE)


def test_environment_is_not_reserved(deployed):
    assert [name for name in deployed["provider"]["environment"] if RESERVED.fullmatch(name)] == []


def test_defaults_are_those_of_the_settings(serverless_source, settings):
    for name, value in serverless_source["provider"]["environment"].items():
        if found := re.fullmatch(r"\${env:(\w+), '(.*)'}", value):
            assert found[1] == name
            assert found[2] == settings[name], name


def test_environment_follows_the_stage_and_the_region(serverless_source):
    environment = resolve(serverless_source, {"stage": "prod", "region": "eu-west-1"})["provider"]["environment"]
    assert environment["STAGE"] == "prod"
    assert environment["REGION"] == "eu-west-1"
    assert environment["WHIPLASH_STORE"] == "dynamodb"
    assert environment["WHIPLASH_METADATA_TABLE"] == "whiplash_prod_metadata"


def test_dotenv_values_reach_the_function(serverless_source):
    environment = resolve(serverless_source, environment={"MAX_ITEMS_PER_BUCKET": "500"})["provider"]["environment"]
    assert environment["MAX_ITEMS_PER_BUCKET"] == "500"


# MARK: - Rights


def statements(deployed) -> dict[str, dict]:
    return {statement["Sid"]: statement for statement in deployed["provider"]["iam"]["role"]["statements"]}


def may(deployed, action: str, table: str) -> bool:
    """Whether the function's role allows an action on a table, as IAM matches its patterns."""
    arn = f"arn:aws:dynamodb:us-east-1:123456789012:table/{table}"
    for statement in statements(deployed).values():
        for resource in statement["Resource"]:
            pattern = resource["Fn::Sub"]
            for name, value in (("Partition", "aws"), ("Region", "us-east-1"), ("AccountId", "123456789012")):
                pattern = pattern.replace(f"${{AWS::{name}}}", value)
            if f"dynamodb:{action}" in statement["Action"] and fnmatch.fnmatchcase(arn, pattern):
                return True
    return False


def calls(root) -> set[str]:
    """The operations of DynamoDB that the store's source names."""
    known = {
        "BatchGetItem", "BatchWriteItem", "CreateTable", "DeleteItem", "DeleteTable", "DescribeTable", "DescribeTimeToLive",
        "GetItem", "ListTables", "PutItem", "Query", "Scan", "TransactGetItems", "TransactWriteItems", "UpdateItem",
        "UpdateTable", "UpdateTimeToLive",
    }
    text = "".join(path.read_text() for path in (root / "Sources/StorageDynamoDB").glob("*.swift"))
    return {name for name in known if f'"{name}"' in text}


def test_rights_are_those_the_store_uses(deployed, root):
    allowed = {action for statement in statements(deployed).values() for action in statement["Action"]}
    used = calls(root)
    assert used, "Sources/StorageDynamoDB names no operation"
    assert allowed == {f"dynamodb:{name}" for name in used}


def test_rights_reach_this_stages_tables(deployed, root):
    for name in calls(root):
        assert may(deployed, name, "library_dev_books_vectors")
        assert may(deployed, name, "a.b-c_d_dev_e_f_buckets")
    assert may(deployed, "Query", "whiplash_dev_metadata")


@pytest.mark.parametrize(
    "table",
    [
        "library_prod_books_vectors", "library_prod_books_buckets", "whiplash_prod_metadata", "whiplash_metadata",
        "orders", "users_dev", "reports_dev_2026",
    ],
)
def test_rights_end_at_other_tables(deployed, root, table):
    assert [name for name in calls(root) if may(deployed, name, table)] == []


def test_the_metadata_table_is_neither_made_nor_removed_by_the_function(deployed):
    for action in ("CreateTable", "DeleteTable", "Scan"):
        assert not may(deployed, action, "whiplash_dev_metadata")


def test_there_are_no_rights_on_anything_but_tables(deployed):
    for statement in statements(deployed).values():
        assert all(re.fullmatch(r"dynamodb:[A-Za-z]+", action) for action in statement["Action"])
        assert all(":table/" in resource["Fn::Sub"] for resource in statement["Resource"])


# MARK: - Resources


def test_the_metadata_table_has_the_stores_keys(deployed, root):
    table = deployed["resources"]["Resources"]["MetadataTable"]
    assert table["DeletionPolicy"] == table["UpdateReplacePolicy"] == "Retain"
    properties = table["Properties"]
    assert properties["TableName"] == deployed["provider"]["environment"]["WHIPLASH_METADATA_TABLE"]
    assert properties["BillingMode"] == "PAY_PER_REQUEST"
    keys = {entry["AttributeName"]: entry["KeyType"] for entry in properties["KeySchema"]}
    assert keys == {"p": "HASH", "s": "RANGE"}
    assert {(entry["AttributeName"], entry["AttributeType"]) for entry in properties["AttributeDefinitions"]} == {
        ("p", "S"), ("s", "S")}


def test_two_stages_name_nothing_alike(serverless_source):
    first, second = (resolve(serverless_source, {"stage": stage}) for stage in STAGES)
    for path in (
        lambda it: it["resources"]["Resources"]["MetadataTable"]["Properties"]["TableName"],
        lambda it: it["provider"]["apiGateway"]["apiKeys"][0],
        lambda it: it["provider"]["environment"]["STAGE"],
    ):
        assert path(first) != path(second)


def gateway_responses(deployed) -> dict[str, dict]:
    return {
        resource["Properties"]["ResponseType"]: resource["Properties"]
        for resource in deployed["resources"]["Resources"].values()
        if resource["Type"] == "AWS::ApiGateway::GatewayResponse"
    }


def test_the_gateways_errors_are_readable_by_web_pages(deployed):
    responses = gateway_responses(deployed)
    assert set(responses) >= {"DEFAULT_4XX", "DEFAULT_5XX"}
    for properties in responses.values():
        assert properties["ResponseParameters"]["gatewayresponse.header.Access-Control-Allow-Origin"] == "'*'"


def test_the_gateways_errors_have_the_apis_shape(deployed, api):
    for name, properties in gateway_responses(deployed).items():
        if name == "DEFAULT_4XX":
            continue
        body = json.loads(
            properties["ResponseTemplates"]["application/json"].replace("$context.error.messageString", '"Forbidden"'))
        assert faults(api, {"$ref": "#/components/schemas/Error"}, body, closed=True) == [], name
        assert body["error"]["status"] == int(properties["StatusCode"])
        code = re.escape(body["error"]["code"])
        row = rf"\| `{code}` \| {properties['StatusCode']} \|"
        assert re.search(row, api["components"]["schemas"]["ErrorCode"]["description"]), name
