"""docs/cost.md says what its script computes; what goes into it has sources and agrees with the rest of the project."""

import datetime
import json
import re
import subprocess
import sys

import pytest

from project import ROOT

BENCHMARKS = ROOT / "Benchmarks"
sys.path.insert(0, str(BENCHMARKS))

import cost  # noqa: E402
from cost_inputs import InputError, Measured, Prices  # noqa: E402
from cost_model import WORKLOADS, Options, Whiplash  # noqa: E402
from cost_others import DynamoDBIndex, Pinecone, S3Vectors, Turbopuffer  # noqa: E402
from cost_tables import Tables, below  # noqa: E402


@pytest.fixture
def prices():
    return Prices()


@pytest.fixture
def measured():
    return Measured()


@pytest.fixture
def whiplash(prices, measured):
    return Whiplash(prices, measured)


@pytest.fixture(scope="module")
def readme():
    return (ROOT / "README.md").read_text(encoding="utf-8")


def run(*arguments):
    return subprocess.run(
        [sys.executable, BENCHMARKS / "cost.py", *arguments], capture_output=True, text=True, check=False)


# The price list of the settings


def test_the_settings_price_units_as_the_document_does(prices):
    settings = dict(
        line.split("=", 1) for line in (ROOT / ".env.example").read_text(encoding="utf-8").splitlines() if re.match(r"WHIPLASH_\w*PRICE", line))
    for setting, name in (("WHIPLASH_READ_UNIT_PRICE", "dynamodb.read"), ("WHIPLASH_WRITE_UNIT_PRICE", "dynamodb.write")):
        entry = prices.entries[name]
        assert float(settings[setting]) == entry["price"] * 1e6 / entry["quantity"]
        assert settings["WHIPLASH_PRICE_DATE"] == entry["date"]


# The document


def test_the_document_has_the_tables_of_today(prices, measured):
    tables = Tables(prices, measured, Options(cold_share=measured("cold_share"))).all()
    document = cost.DOCUMENT.read_text(encoding="utf-8")
    assert sorted(place[2] for place in cost.PLACE.finditer(document)) == sorted(tables)
    assert cost.filled(document, tables) == document, "Benchmarks/cost.py --write has not been run"


def test_a_changed_price_changes_the_document(prices, measured):
    prices.entries["dynamodb.read"]["price"] *= 2
    tables = Tables(prices, measured, Options(cold_share=measured("cold_share"))).all()
    document = cost.DOCUMENT.read_text(encoding="utf-8")
    assert cost.filled(document, tables) != document


def test_a_finding_that_is_no_longer_true_is_not_written(prices, measured):
    prices.entries["s3_vectors.query"]["price"] *= 1000
    with pytest.raises(InputError, match="written anew"):
        Tables(prices, measured, Options(cold_share=measured("cold_share"))).all()
    with pytest.raises(InputError):
        below(1, 1)


# What goes in


def test_every_price_has_a_source_and_a_date(prices):
    for name, entry in prices.entries.items():
        assert entry["price"] > 0 and entry["quantity"] > 0, name
        assert_sourced(name, entry)


def test_every_input_says_what_it_rests_on(measured):
    for name, entry in measured.entries.items():
        assert entry["how"], name
        if entry["kind"] == "published":
            assert_sourced(name, entry)


def assert_sourced(name, entry):
    assert entry["source"].startswith("https://"), name
    assert datetime.date(2026, 1, 1) <= datetime.date.fromisoformat(entry["date"]) <= datetime.date.today(), name


@pytest.mark.parametrize("field", ["source", "date", "price"])
def test_a_price_without_them_is_refused(tmp_path, field):
    content = json.loads((BENCHMARKS / "prices.json").read_text(encoding="utf-8"))
    del content["prices"]["dynamodb.read"][field]
    path = tmp_path / "prices.json"
    path.write_text(json.dumps(content))
    with pytest.raises(InputError, match=f"'dynamodb.read' does not say: {field}"):
        Prices(path)


def test_inputs_agree_with_the_readme(readme, measured):
    units = re.search(r"write units of an insert at 384 dimensions \| (\d+) ", readme)
    assert measured("insert_write_units", 384) == int(units[1])
    stored = re.search(r"takes some ([\d.]+) KB in one table and ([\d.]+) KB in another", readme)
    overhead = measured("stored_row_overhead_bytes")
    for shown, row in zip(stored.groups(), ("vector_row_bytes", "bucket_row_bytes"), strict=True):
        assert f"{(measured(row, 384) + overhead) / 1000:.1f}" == shown
    assert f"| start of the function to its first `next` | {measured('start_ms'):.0f} ms" in readme
    assert f"| time for a request | {measured('time_limit_seconds'):.0f} s on AWS |" in readme


def test_inputs_agree_with_the_deployment_and_the_settings(measured, settings, serverless_source):
    assert measured("function_memory_mb") == serverless_source["provider"]["memorySize"]
    assert measured("time_limit_seconds") == serverless_source["provider"]["timeout"]
    assert measured("max_read_mb") == int(settings["WHIPLASH_MAX_READ_MB"])


def test_prices_agree_with_the_readme(readme, prices, whiplash):
    million = 1e6
    function = whiplash.prices("lambda.arm64") * 0.010 * whiplash.measured("function_memory_mb") / 1024
    for line in (
        f"| a million requests through API Gateway | ${prices('gateway.rest') * million:.2f} |",
        f"| ${prices('lambda.call') * million:.2f} + ${function * million:.2f} |",
        f"| a million DynamoDB write units (1 KB each) | ${prices('dynamodb.write') * million:.3f} |",
        f"| ${prices('dynamodb.read') * million:.3f} |",
        f"| a GB stored in DynamoDB for a month, after 25 GB free | ${prices('dynamodb.storage'):.2f} |",
        f"| the container image for a month, a GB | ${prices('ecr.storage'):.2f} |",
    ):
        assert line in readme, line


# The model, against what others have published


def test_s3_vectors_bills_as_in_the_example_of_its_price_page(prices, measured):
    # A million queries of indexes of 250,000 vectors, 5.17 KB each without what cannot be filtered by: $5.87. There a
    # KB is 1,024 bytes and a TB 1,024 to the fourth.
    size = 5.17 * 1024 * 1e12 / 2**40
    query = prices("s3_vectors.query") + S3Vectors(prices, measured).processed(250_000, size)
    assert round(query * 1e6, 2) == 5.87


def test_pinecone_bills_as_in_its_documentation(prices, measured):
    # 500,000 records of 768 dimensions with 500 bytes of metadata: 1.78 read units.
    measured.entries["id_bytes"]["value"] = 500
    bill = Pinecone(prices, measured).bill(workload(500_000))
    assert bill.parts["queries"] / prices("pinecone.read") / 1e6 == pytest.approx(1.78, abs=0.01)


def test_turbopuffer_bills_as_it_says(prices, measured):
    puffer = Turbopuffer(prices, measured)
    assert puffer.queried_gb(0.3) == 1.28
    assert puffer.queried_gb(32) == 32
    assert puffer.queried_gb(128) == pytest.approx(32 + 96 / 5)
    assert puffer.queried_gb(1128) == pytest.approx(32 + 96 / 5 + 1000 / 25)


def test_dynamodbs_index_writes_as_in_its_documentation(prices, measured):
    # An item with a vector of 1,024 dimensions: 5 write units, and 4,125 bytes into the index.
    written = DynamoDBIndex(prices, measured).writes(1, 1024)
    assert written == pytest.approx(
        5 * prices("dynamodb.write") + 4125e-9 * prices("dynamodb_index.write"), rel=0.001)


def workload(items, queries=1e6):
    small = WORKLOADS[0]
    return type(small)("test", small.dimension, 1, items, queries)


# The model, by hand


def test_whiplash_by_hand(whiplash, measured):
    measured.entries["vectors_read"]["value"]["768"] = {"1000": 60, "100000": 40}
    measured.entries["vector_row_bytes"]["value"]["768"] = 3140
    bill = whiplash.bill(workload(100_000, queries=1000), Options(cold_share=0.5))
    assert bill.parts["storage"] == pytest.approx(100_000 * (3140 + 100 + 175 + 100) / 1e9 * 0.25)
    assert bill.parts["reads, warm"] == pytest.approx(1000 * (1 + 2 + 40 / 2) * 0.125e-6)
    assert bill.parts["reads, cold"] == pytest.approx(500 * 100_000 * 175 / 8192 * 0.125e-6)
    assert bill.parts["gateway"] == pytest.approx(1000 * 3.5e-6)


def test_a_library_pays_for_the_store_alone(whiplash):
    bill = whiplash.bill(WORKLOADS[0], Options(cold_share=0, gateway="none"))
    assert {part for part, dollars in bill.parts.items() if dollars} == {"storage", "reads, warm"}


def test_searches_cost_the_more_the_more_processes_are_new(whiplash):
    months = [whiplash.bill(WORKLOADS[0], Options(cold_share=share)).month for share in (0, 0.01, 0.5, 1)]
    assert months == sorted(months) and months[0] < months[-1]


# The command


def test_new_measurements_take_the_place_of_old_ones(tmp_path, measured):
    path = tmp_path / "new.json"
    path.write_text(json.dumps({"insert_write_units": {"value": {"384": 40}, "kind": "measured", "how": "a test"}}))
    before = measured("insert_write_units", 768)
    measured.take(path)
    assert measured("insert_write_units", 384) == 40
    assert measured("insert_write_units", 768) == before
    done = run("--measured", path)
    assert done.returncode == 0, done.stderr
    assert f"| an insert of one item | 384: 40, 768: {before} | write units | measured | a test |" in done.stdout


@pytest.mark.parametrize("content, message", [
    ({"nonsense": {"value": 1, "kind": "measured", "how": "a test"}}, "'nonsense' is no input"),
    ({"insert_write_units": {"value": 4, "kind": "measured", "how": "a test"}}, "has not the form"),
    ({"insert_write_units": {"value": {"384": 4}, "kind": "guessed", "how": "a test"}}, "its kind is one of"),
])
def test_measurements_that_make_no_sense_are_refused(tmp_path, measured, content, message):
    path = tmp_path / "new.json"
    path.write_text(json.dumps(content))
    with pytest.raises(InputError, match=message):
        measured.take(path)


def test_the_document_is_written_with_the_defaults_alone():
    assert run("--write", "--cold-share", "0.1").returncode == 2
