"""What others cost for the same vectors, ids and queries, by the cheapest way that their documentation describes."""

import math

from cost_inputs import Measured, Prices
from cost_model import GB, Bill, Workload

MATCHES = 10


class DynamoDBIndex:
    """DynamoDB's own vector index: keys only, an index partition for each group."""

    name = "DynamoDB's own vector index"

    def __init__(self, prices: Prices, measured: Measured) -> None:
        self.prices = prices
        self.measured = measured

    def bill(self, workload: Workload) -> Bill:
        dimension = workload.dimension
        table = self.table_bytes(dimension) + self.measured("stored_row_overhead_bytes")
        index = 4 * dimension + self.measured("dynamodb_index.index_overhead_bytes")
        storage = (
            workload.items
            / GB
            * (table * self.prices("dynamodb.storage") + index * self.prices("dynamodb_index.storage"))
        )
        examined = dimension * self.measured("dynamodb_index.search_bytes")
        queries = workload.queries * examined / GB * self.prices("dynamodb_index.search")
        return Bill(
            {"storage": storage, "queries": queries},
            load=self.writes(workload.items, dimension),
            idle=storage,
            at_least=True,
        )

    def table_bytes(self, dimension: int) -> float:
        return 4 * dimension + self.measured("dynamodb_index.table_overhead_bytes") + self.measured("id_bytes")

    def writes(self, count: float, dimension: int) -> float:
        units = math.ceil(self.table_bytes(dimension) / 1024)
        index = max(1024, 4 * dimension + self.measured("dynamodb_index.write_overhead_bytes"))
        return count * (units * self.prices("dynamodb.write") + index / GB * self.prices("dynamodb_index.write"))


class S3Vectors:
    """S3 Vectors: an index for each group, written in full batches."""

    name = "S3 Vectors"
    # What a query's data are priced by: so many vectors of the index, and the next.
    TIERS = ((100_000, "first"), (10_000_000, "next"), (math.inf, "rest"))
    LEAST_PUT_BYTES = 128 * 1024

    def __init__(self, prices: Prices, measured: Measured) -> None:
        self.prices = prices
        self.measured = measured

    def bill(self, workload: Workload) -> Bill:
        size = self.vector_bytes(workload.dimension)
        stored = workload.items * size / GB
        storage = stored * self.prices("s3_vectors.storage")
        queries = workload.queries * (self.prices("s3_vectors.query") + self.processed(workload.group_items, size))
        return Bill(
            {"storage": storage, "queries": queries}, load=stored * self.prices("s3_vectors.write"), idle=storage
        )

    def vector_bytes(self, dimension: int) -> float:
        return 4 * dimension + self.measured("id_bytes")

    def processed(self, vectors: int, size: float) -> float:
        """Of one query."""
        dollars, below = 0.0, 0
        for upper, tier in self.TIERS:
            within = max(0, min(vectors, upper) - below)
            dollars += within * size / GB * self.prices(f"s3_vectors.processed_{tier}")
            below = upper
        return dollars

    def writes(self, count: float, dimension: int) -> float:
        size = max(self.LEAST_PUT_BYTES, self.vector_bytes(dimension))
        return count * size / GB * self.prices("s3_vectors.write")


class Pinecone:
    """Pinecone Standard: a namespace for each group, imported."""

    name = "Pinecone Standard"
    LEAST_READ_UNITS = 0.25
    LEAST_WRITE_UNITS = 5

    def __init__(self, prices: Prices, measured: Measured) -> None:
        self.prices = prices
        self.measured = measured

    def bill(self, workload: Workload) -> Bill:
        size = 4 * workload.dimension + self.measured("id_bytes")
        stored = workload.items * size / GB
        storage = stored * self.prices("pinecone.storage")
        units = max(self.LEAST_READ_UNITS, workload.group_items * size / GB)
        queries = workload.queries * units * self.prices("pinecone.read")
        return Bill(
            {"storage": storage, "queries": queries},
            load=stored * self.prices("pinecone.import"),
            idle=storage,
            minimum=self.prices("pinecone.minimum"),
        )

    def writes(self, count: float, dimension: int) -> float:
        units = math.ceil((4 * dimension + self.measured("id_bytes")) / 1024)
        return count * max(self.LEAST_WRITE_UNITS, units) * self.prices("pinecone.write")


class Turbopuffer:
    """turbopuffer: a namespace for each group, float32, loaded at the greatest batch discount."""

    name = "turbopuffer"
    BATCH_DISCOUNT = 0.5
    LEAST_WRITE_BYTES = 10_000
    LEAST_QUERIED_GB = 1.28
    # GB of a namespace that count in full, then a fifth, then a twenty-fifth.
    TIERS = ((32, 1.0), (128, 0.2), (math.inf, 0.04))

    def __init__(self, prices: Prices, measured: Measured) -> None:
        self.prices = prices
        self.measured = measured

    def bill(self, workload: Workload) -> Bill:
        size = 4 * workload.dimension + self.measured("id_bytes")
        stored = workload.items * size / GB
        storage = stored * self.prices("turbopuffer.storage")
        returned = MATCHES * self.measured("id_bytes") / GB * self.prices("turbopuffer.returned")
        queried = self.queried_gb(workload.group_items * size / GB) * self.prices("turbopuffer.queried")
        return Bill(
            {"storage": storage, "queries": workload.queries * (queried + returned)},
            load=stored * self.prices("turbopuffer.write") * (1 - self.BATCH_DISCOUNT),
            idle=storage,
            minimum=self.prices("turbopuffer.minimum"),
        )

    def queried_gb(self, namespace: float) -> float:
        counted, below = 0.0, 0.0
        for upper, share in self.TIERS:
            counted += max(0, min(namespace, upper) - below) * share
            below = upper
        return max(self.LEAST_QUERIED_GB, counted)

    def writes(self, count: float, dimension: int) -> float:
        size = max(self.LEAST_WRITE_BYTES, 4 * dimension + self.measured("id_bytes"))
        return count * size / GB * self.prices("turbopuffer.write")


OTHERS = (DynamoDBIndex, S3Vectors, Pinecone, Turbopuffer)
