"""api.yaml describes the API: valid, with examples that hold, the same routes, fields, codes and statuses as the source."""

import json
import re
import subprocess

import pytest
from openapi_spec_validator import validate

from project import built
from openapi import examples, faults, request_body, resolved


def test_is_valid_openapi_3_0_3(api):
    validate(api)
    assert api["openapi"] == "3.0.3"


def test_says_nothing_json_cannot(api):
    """Importers turn the file into JSON, and some of them stop at YAML's aliases."""
    json.dumps(api, allow_nan=False)


def test_has_no_yaml_aliases(root):
    assert not re.search(r"^\s*(?:- |[\w'$-]+: )[&*]\w", (root / "api.yaml").read_text(), re.MULTILINE)


def test_operations_are_the_routes_of_the_source(operations, routes):
    assert {(o["method"], o["path"], name) for name, o in operations.items()} == routes
    assert len(routes) >= 23


def test_operations_are_the_routes_of_the_binary(operations):
    whiplash = built("whiplash")
    if not whiplash:
        pytest.skip("whiplash is not built; the table in the source is held by the test above")
    lines = subprocess.run([whiplash, "routes"], capture_output=True, text=True, check=True).stdout.split("\n")
    printed = {tuple(line.split()) for line in lines if line.strip()}
    assert printed == {(o["method"], o["path"], name) for name, o in operations.items()}


def test_every_operation_is_described(operations):
    for name, operation in operations.items():
        assert operation["summary"] and operation["tags"], name
        assert re.fullmatch(r"[a-z][A-Za-z]+", name)


def test_path_parameters_are_those_of_the_path(api, operations):
    for name, operation in operations.items():
        declared = [resolved(api, parameter) for parameter in operation["parameters"]]
        in_path = [parameter["name"] for parameter in declared if parameter["in"] == "path"]
        assert in_path == re.findall(r"{(\w+)}", operation["path"]), name


def test_the_key_is_asked_for_by_all_but_health(api, operations):
    assert api["components"]["securitySchemes"]["apiKey"]["name"] == "x-api-key"
    assert api["security"] == [{"apiKey": []}]
    assert {name for name, operation in operations.items() if "security" in operation} == {"getHealth"}


def test_request_examples_hold(api, operations):
    for name, operation in operations.items():
        body = request_body(operation)
        if body is None:
            assert operation["method"] in ("GET", "DELETE") or name == "tuneCollection"
            continue
        media = resolved(api, body)["content"]["application/json"]
        assert examples(media), name
        for example, value in examples(media).items():
            assert faults(api, media["schema"], value) == [], f"{name}: {example}"


def test_response_examples_hold(api, operations):
    for name, operation in operations.items():
        assert any(status[0] in "24" for status in operation["responses"])
        for status, response in operation["responses"].items():
            response = resolved(api, response)
            assert "Access-Control-Allow-Origin" in response["headers"], f"{name} {status}"
            [(kind, media)] = response["content"].items()
            assert kind == "application/json" or name == "getMetrics" and status == "200"
            assert examples(media), f"{name} {status}"
            for example, value in examples(media).items():
                assert faults(api, media["schema"], value, closed=True) == [], f"{name} {status}: {example}"
                if status[0] != "2":
                    assert value["error"]["status"] == int(status)
                    assert value["error"]["message"] == value["message"]


def test_other_examples_hold(api):
    components = api["components"]
    for name, parameter in components["parameters"].items():
        assert faults(api, parameter["schema"], parameter["example"]) == [], name
    for name, header in components["headers"].items():
        assert faults(api, header["schema"], header["example"]) == [], name
    for name, schema in components["schemas"].items():
        for part, node in [(name, schema), *schema.get("properties", {}).items()]:
            if "example" in node:
                assert faults(api, node, node["example"]) == [], f"{name}.{part}"


def test_every_component_is_used(api, root):
    text = (root / "api.yaml").read_text()
    for kind, components in api["components"].items():
        for name in components if kind != "securitySchemes" else []:
            assert f"'#/components/{kind}/{name}'" in text, f"{kind}/{name}"


@pytest.mark.parametrize(
    "schema, value",
    [
        ("NewItem", {"id": "a", "vector": [1], "colour": "red"}),
        ("NewItem", {"id": "", "vector": [1]}),
        ("NewItem", {"id": "a\u0000", "vector": [1]}),
        ("NewItem", {"id": "a", "vector": []}),
        ("NewItem", {"id": "a", "vector": ["1"]}),
        ("NewItem", {"id": "a", "vector": [1], "metadata": []}),
        ("NewItem", {"id": "a", "vector": [1], "expires_at": -1}),
        ("NewItem", {"id": "a", "vector": [1], "expires_at": 1800000000000}),
        ("NewItem", {"id": "a", "vector": [1], "version": "A-1"}),
        ("NewItems", {"vectors": []}),
        ("NewItems", {"vectors": [{"id": "a", "vector": [1]}], "partial": 1}),
        ("NewProject", {}),
        ("NewProject", {"name": "a b"}),
        ("NewProject", {"name": "x" * 65}),
        ("NewCollection", {"name": "a", "n_features": 0}),
        ("NewCollection", {"name": "a", "n_features": 4097}),
        ("NewCollection", {"n_features": 3}),
        ("NewCollection", {"name": "a", "n_features": 3, "metric": "manhattan"}),
        ("CollectionChanges", {}),
        ("CollectionChanges", {"metric": "dot"}),
        ("NewClone", {"name": "a", "n_features": 3}),
        ("NewName", {}),
        ("ItemsToDelete", {"ids": []}),
        ("ItemsToDelete", {"ids": ["a"] * 1001}),
        ("ItemPatch", {}),
        ("SearchRequest", {"query": [1], "limit": 0}),
        ("SearchRequest", {"query": [1], "limit": 1001}),
        ("SearchRequest", {"query": [1], "target_recall": 0.49}),
        ("SearchRequest", {"query": [1], "target_recall": 1}),
        ("SearchRequest", {"query": [1], "target_recall": "0.9"}),
        ("SearchRequest", {"query": [1], "consistency": "sometimes"}),
        ("SearchRequests", {"searches": [{"limit": 0}]}),
    ],
)
def test_schemas_refuse(api, schema, value):
    assert faults(api, {"$ref": f"#/components/schemas/{schema}"}, value)


# MARK: - Held to the source


REQUESTS = {
    "Operations/CreateProject.swift": "NewProject",
    "Operations/CreateCollection.swift": "NewCollection",
    "Operations/UpdateCollection.swift": "CollectionChanges",
    "Operations/RenameCollection.swift": "NewName",
    "Operations/CloneCollection.swift": "NewClone",
    "Bodies/Item+JSON.swift": "NewItem",
    "Operations/CreateItems.swift": "NewItems",
    "Operations/ReplaceItem.swift": "ItemReplacement",
    "Operations/UpdateItem.swift": "ItemPatch",
    "Operations/GetItems.swift": "ItemSelection",
    "Operations/DeleteItems.swift": "ItemsToDelete",
    "Operations/SearchBatch.swift": "SearchRequests",
    "Operations/SelectItems.swift": "FilteredPage",
    "Operations/CountItems.swift": "ItemCondition",
    "Bodies/SearchBody.swift": "SearchRequest",
}


@pytest.mark.parametrize("file, schema", REQUESTS.items())
def test_fields_are_those_the_server_reads(api, root, file, schema):
    source = (root / "Sources/API" / file).read_text()
    declared = re.search(r"Fields\((.*?)\)\n", source, re.DOTALL)[1]
    lists = dict(re.findall(r"(\w+): \[(.*?)\]", declared, re.DOTALL))
    names = {kind: set(re.findall(r'"(\w+)"', text)) for kind, text in lists.items()}
    described = api["components"]["schemas"][schema]
    known = names.get("required", set()) | names.get("optional", set()) | names.get("nullable", set())
    assert set(described["properties"]) == known
    assert set(described.get("required", [])) == names.get("required", set())
    assert described["additionalProperties"] is False


def test_error_codes_are_those_of_the_source(api, root):
    source = (root / "Sources/API/Problem.swift").read_text()
    codes = {name: raw or name for name, raw in re.findall(r'case (\w+)(?: = "(\w+)")?$', source, re.MULTILINE)}
    statuses = {}
    for names, status in re.findall(r"case (\..+?): (\d{3})", source):
        statuses |= {codes[name]: int(status) for name in re.findall(r"\.(\w+)", names)}
    described = api["components"]["schemas"]["ErrorCode"]
    rows = re.findall(r"\| `(\w+)` \| (\d{3}) \|", described["description"])
    assert {code: int(status) for code, status in rows} == statuses
    assert set(described["enum"]) == set(statuses)


def number(root, file: str, pattern: str) -> int:
    return int(re.search(pattern, (root / "Sources" / file).read_text())[1].replace("_", ""))


def test_limits_are_those_of_the_source(api, root):
    schemas = api["components"]["schemas"]
    assert schemas["NewItems"]["properties"]["vectors"]["maxItems"] == number(
        root, "API/Operations/CreateItems.swift", r"maxItems = ([\d_]+)")
    for operation, schema in (("GetItems", "ItemSelection"), ("DeleteItems", "ItemsToDelete")):
        assert schemas[schema]["properties"]["ids"]["maxItems"] == number(
            root, f"API/Operations/{operation}.swift", r"idCounts = 1\.\.\.([\d_]+)")
    limit = schemas["SearchRequest"]["properties"]["limit"]
    assert limit["maximum"] == number(root, "Whiplash/Item.swift", r"limitRange = 1\.\.\.([\d_]+)")
    assert limit["default"] == number(root, "Whiplash/Item.swift", r"var limit = ([\d_]+)")
    recall = schemas["SearchRequest"]["properties"]["target_recall"]
    source = (root / "Sources/Whiplash/Item.swift").read_text()
    bounds = re.search(r"targetRecallRange = (0\.\d+)\.\.\.(0\.\d+)", source)
    assert [recall["minimum"], recall["maximum"]] == [float(bound) for bound in bounds.groups()]
    page = next(p for p in api["paths"][
        "/projects/{projectId}/collections/{collectionId}/items"]["get"]["parameters"] if p["name"] == "limit")
    assert page["schema"]["default"] == number(root, "API/Operations/ListItems.swift", r"defaultLimit = ([\d_]+)")
    assert page["schema"]["maximum"] == number(root, "API/Operations/ListItems.swift", r"limits = 1\.\.\.([\d_]+)")
    assert schemas["NewCollection"]["properties"]["n_features"]["maximum"] == number(
        root, "Whiplash/NewCollection+Rules.swift", r"featureCounts = 1\.\.\.([\d_]+)")
    assert schemas["NewCollection"]["properties"]["n_planes"]["maximum"] == number(
        root, "Whiplash/NewCollection+Rules.swift", r"planeCounts = 1\.\.\.([\d_]+)")
    assert schemas["NewCollection"]["properties"]["bit_start"]["maximum"] == number(
        root, "VectorIndex/HashKey.swift", r"bitCount = ([\d_]+)")
    for field, kind in (("description", "descriptionBytes"),):
        for schema in (schemas["CollectionDescription"], schemas["CollectionChanges"]["properties"][field]):
            assert schema["maxLength"] == number(
                root, "Whiplash/Administration/CollectionChanges.swift", kind + r" = ([\d_]+)")
    assert schemas["Name"]["maxLength"] == number(root, "Whiplash/Names.swift", r"nameLength = 1\.\.\.([\d_]+)")
    assert schemas["ItemId"]["maxLength"] == number(root, "Whiplash/Names.swift", r"idBytes = 1\.\.\.([\d_]+)")


def test_metrics_are_those_of_the_source(api, root):
    source = (root / "Sources/VectorIndex/Metric.swift").read_text()
    body = source[source.index("enum Metric") : source.index("score(_")]
    assert set(api["components"]["schemas"]["Metric"]["enum"]) == set(re.findall(r"^    case (\w+)$", body, re.MULTILINE))
