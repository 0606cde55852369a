#!/usr/bin/env bash
# Holds every file to the room it is in: it imports what its target's manifest entry names, and of the system what
# the table below grants. The compiler sees only modules that were never built; this sees all.
set -euo pipefail
cd "$(dirname "$0")/.."
swift package dump-package | python3 -c '
import json, pathlib, re, sys

# Besides its dependencies, what of the system a target may import.
PURE = {"Synchronization"}
SYSTEM = {
    "CKernels": set(),
    "VectorIndex": set(),
    "JSON": PURE,
    "Storage": PURE,
    "Whiplash": PURE,
    "WhiplashClient": PURE,
    "ItemFiles": PURE | {"Foundation"},
    "API": PURE,
    "APIGateway": PURE,
    "HTTPClient": PURE | {"FoundationEssentials", "Glibc", "Musl", "Darwin", "Dispatch"},
    "AWS": PURE | {"FoundationEssentials"},
    "StorageDynamoDB": PURE | {"FoundationEssentials"},
    "LambdaRuntime": PURE | {"FoundationEssentials", "Glibc", "Musl", "Darwin"},
    "WhiplashSettings": PURE | {"FoundationEssentials"},
    "Assembly": PURE | {"FoundationEssentials"},
    "Bootstrap": PURE | {"FoundationEssentials", "Glibc", "Musl", "Darwin"},
    "StorageSQLite": PURE | {"Foundation", "Dispatch", "SQLite3", "Glibc", "Musl", "Darwin"},
    "LocalServer": PURE | {"Dispatch", "Glibc", "Musl", "Darwin"},
    "WhiplashCommand": PURE | {"Foundation"},
    "ExampleDirect": {"Foundation"},
    "ExampleRemote": {"Foundation"},
}
# A C library has one target that may name it.
OWNERS = {"CCurl": "HTTPClient", "CCrypto": "AWS", "CZlib": "StorageDynamoDB", "CMalloc": "WhiplashCommand", "CKernels": "VectorIndex"}

IMPORT = re.compile(r"^\s*(?:@\w+(?:\([^)]*\))?\s+)*(?:(?:public|package|internal|fileprivate|private)\s+)?"
                    r"import\s+(?:(?:struct|class|enum|protocol|func|var|let|typealias)\s+)?(\w+)", re.M)

targets = {t["name"]: t for t in json.load(sys.stdin)["targets"] if t["type"] in ("regular", "executable")}
faults, files = [], 0
for name, target in sorted(targets.items()):
    named = {next(iter(d.values()))[0] for d in target["dependencies"]}
    folder = pathlib.Path(target.get("path") or f"Sources/{name}")
    if folder.parts[0] == "Tests":
        continue
    if name not in SYSTEM:
        faults.append(f"{name}: say in scripts/check-imports.sh what of the system it may import")
        continue
    for path in sorted(folder.rglob("*.swift")):
        files += 1
        for module in IMPORT.findall(path.read_text()):
            if module in OWNERS and OWNERS[module] != name:
                faults.append(f"{path}: only {OWNERS[module]} imports {module}")
            elif module not in named | SYSTEM[name]:
                faults.append(f"{path}: {name} may not import {module}")
for fault in faults:
    print(fault)
if not files:
    sys.exit("no source files found")
print(f"{files} files import what their rooms may" if not faults else f"{len(faults)} imports in the wrong room")
sys.exit(bool(faults))
'
