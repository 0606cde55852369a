"""Checks values against the schemas of api.yaml."""

import copy

from openapi_schema_validator import OAS30Validator


def resolved(api: dict, node: dict) -> dict:
    """What a node refers to, or the node itself."""
    while "$ref" in node:
        target = api
        for part in node["$ref"].removeprefix("#/").split("/"):
            target = target[part]
        node = target
    return node


def strict(components: dict) -> dict:
    """The components with every object closed that does not say otherwise: an answer may have no field but those described."""
    closed = copy.deepcopy(components)

    def close(node):
        if isinstance(node, dict):
            if node.get("type") == "object" and "properties" in node:
                node.setdefault("additionalProperties", False)
            for value in node.values():
                close(value)
        elif isinstance(node, list):
            for value in node:
                close(value)

    close(closed["schemas"])
    return closed


def faults(api: dict, schema: dict, value, closed: bool = False) -> list[str]:
    """What of `value` breaks `schema`, a schema of the document `api`."""
    components = strict(api["components"]) if closed else api["components"]
    validator = OAS30Validator({**schema, "components": components})
    return [f"{fault.json_path}: {fault.message}" for fault in validator.iter_errors(value)]


def examples(media: dict) -> dict:
    """The examples of a media type, a parameter or a header, by name."""
    found = {name: entry["value"] for name, entry in media.get("examples", {}).items()}
    if "example" in media:
        found["example"] = media["example"]
    return found


def request_body(operation: dict) -> dict | None:
    """The request body of an operation; that of a GET stands in an extension."""
    return operation.get("requestBody") or operation.get("x-request-body")
