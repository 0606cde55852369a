"""Resolves the variables of serverless.yml as the Serverless Framework does, as far as the file uses them."""

import re

INNERMOST = re.compile(r"\$\{(?!AWS::)([^${}]+)\}")


class Unresolved(Exception):
    """A variable that has neither a value nor a default."""


def resolve(document: dict, options: dict = {}, parameters: dict = {}, environment: dict = {}) -> dict:
    """The document with every `${…}` replaced; CloudFormation's own `${AWS::…}` stay."""

    def value(reference: str):
        for part in (part.strip() for part in reference.split(",")):
            found = look_up(part)
            if found is not None:
                return found
        raise Unresolved(reference)

    def look_up(part: str):
        if part[0] in "'\"":
            return part[1:-1]
        kind, _, address = part.partition(":")
        if kind == "sls" and address == "stage":
            return value("opt:stage, self:provider.stage")
        if kind == "self":
            return inside(walk(document, address))
        sources = {"opt": options, "param": parameters, "env": environment}
        if kind not in sources:
            raise Unresolved(part)
        return sources[kind].get(address)

    def inside(node):
        if isinstance(node, dict):
            return {key: inside(child) for key, child in node.items()}
        if isinstance(node, list):
            return [inside(child) for child in node]
        return text(node) if isinstance(node, str) else node

    def text(source: str):
        while found := INNERMOST.search(source):
            replacement = value(found[1])
            if found.span() == (0, len(source)):
                return replacement
            source = source[: found.start()] + str(replacement) + source[found.end() :]
        return source

    return inside(document)


def walk(document: dict, address: str):
    """The node under a dotted address; None where there is none."""
    node = document
    for name in address.split("."):
        node = node.get(name) if isinstance(node, dict) else None
    return node
