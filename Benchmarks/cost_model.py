"""What Whiplash costs in a month, part by part."""

import math
from dataclasses import dataclass

from cost_inputs import Measured, Prices

GB = 1e9
READ_UNIT_BYTES = 4096
DAYS = 365.25 / 12


@dataclass(frozen=True)
class Workload:
    name: str
    dimension: int
    # Each group is searched for itself; one group is a collection searched as a whole.
    groups: int
    group_items: int
    # In a month.
    queries: float

    @property
    def items(self) -> int:
        return self.groups * self.group_items


WORKLOADS = (
    Workload("1 M × 768, 1 M searches", 768, 1, 1_000_000, 1e6),
    Workload("20 M × 768, 10 M searches", 768, 1, 20_000_000, 10e6),
    Workload("1 M users × 10,000 × 384, a search a user a day", 384, 1_000_000, 10_000, 1e6 * DAYS),
)


@dataclass
class Bill:
    """Dollars of a month by part, and what comes once or at the least."""

    parts: dict[str, float]
    # For the initial load, once.
    load: float = 0
    # Without any traffic, in a month.
    idle: float = 0
    # What the provider takes at least.
    minimum: float = 0
    # Where a part may be larger, nobody says by how much.
    at_least: bool = False

    @property
    def month(self) -> float:
        return max(sum(self.parts.values()), self.minimum)

    @property
    def idle_month(self) -> float:
        return max(self.idle, self.minimum)


@dataclass(frozen=True)
class Options:
    """How Whiplash is deployed and used."""

    cold_share: float
    # "rest", "http", "url" (of the function itself), or "none": the library inside another program.
    gateway: str = "rest"
    architecture: str = "arm64"
    # Reads of a group's codes, which a search in a group reads all: strong unless it asks for less.
    eventual: bool = False
    # Whether the function is made large enough to hold all sketches.
    fits: bool = True
    table_class: str = ""


PARTS = ("storage", "reads, warm", "reads, cold", "function", "gateway", "logs")


class Whiplash:
    def __init__(self, prices: Prices, measured: Measured) -> None:
        self.prices = prices
        self.measured = measured

    def bill(self, workload: Workload, options: Options) -> Bill:
        search = self.group_search if workload.groups > 1 else self.search
        return self.total(workload, options, *search(workload, options))

    def total(
        self, workload: Workload, options: Options, warm: float, cold: float, seconds: float, memory_mb: int
    ) -> Bill:
        """The bill of searches that read so many units, warm and cold, and take so many seconds each."""
        read = self.prices(f"dynamodb.{options.table_class}read")
        calls = workload.queries
        storage = self.storage(workload, options)
        return Bill(
            parts={
                "storage": storage,
                "reads, warm": calls * warm * read,
                "reads, cold": calls * cold * read,
                "function": self.function(calls, seconds, memory_mb, options),
                "gateway": self.gateway(calls, options),
                "logs": self.logs(calls, options),
            },
            load=self.load(workload, options),
            idle=storage + self.measured("image_gb") * self.prices("ecr.storage"),
        )

    # Storage and writes

    def storage(self, workload: Workload, options: Options) -> float:
        price = self.prices(f"dynamodb.{options.table_class}storage")
        return workload.items * self.stored_bytes(workload) / GB * price

    def stored_bytes(self, workload: Workload) -> float:
        """Of an item: its rows in both tables."""
        rows = self.measured("vector_row_bytes", workload.dimension) + self.hint_bytes(workload)
        return rows + 2 * self.measured("stored_row_overhead_bytes")

    def hint_bytes(self, workload: Workload) -> float:
        """The row that searches read: with a sketch, or in a group with one of more bits and the group's id."""
        row = self.measured("bucket_row_bytes", workload.dimension)
        if workload.groups == 1:
            return row
        keys = row - self.measured("sketch_bytes", workload.dimension) + self.measured("id_bytes")
        return keys + self.measured("group_code_bytes", workload.dimension)

    def load(self, workload: Workload, options: Options) -> float:
        units = workload.items * self.measured("load_write_units", workload.dimension)
        calls = workload.items / self.measured("batch_items")
        seconds = units / calls / self.measured("load_write_units_a_second")
        return (
            units * self.prices(f"dynamodb.{options.table_class}write")
            + self.function(calls, seconds, int(self.measured("function_memory_mb")), options)
            + self.gateway(calls, options)
            + self.logs(calls, options)
        )

    def inserts(self, count: float, dimension: int, options: Options) -> float:
        """Of so many inserts, one at a time."""
        milliseconds = self.measured("overhead_ms") + self.measured("round_trip_ms")
        return (
            count * self.measured("insert_write_units", dimension) * self.prices("dynamodb.write")
            + self.function(count, milliseconds / 1e3, int(self.measured("function_memory_mb")), options)
            + self.gateway(count, options)
            + self.logs(count, options)
        )

    # Searches of a whole collection

    def warm_units(self, dimension: int, items: int) -> float:
        """Read units of a search by a process that has the sketches."""
        vectors = self.measured.at_size("vectors_read", dimension, items)
        return (
            self.measured("configuration_read_units")
            + self.measured("log_read_units")
            + self.vector_units(dimension, vectors)
        )

    def vector_units(self, dimension: int, vectors: float) -> float:
        """Each vector is a row, read eventually: it has been what it is for long."""
        return vectors * math.ceil(self.measured("vector_row_bytes", dimension) / READ_UNIT_BYTES) / 2

    def fill_units(self, dimension: int, items: int) -> float:
        """Read units of the search that fills a new process's memory, besides its own: all sketches, eventually."""
        return items * self.measured("bucket_row_bytes", dimension) / READ_UNIT_BYTES / 2

    def fill_seconds_at_least(self, dimension: int, items: int) -> float:
        """By what DynamoDB gives of a collection's partitions."""
        return self.fill_units(dimension, items) / (
            self.measured("shards") * self.measured("partition_read_units_a_second")
        )

    def memory_mb(self, dimension: int, items: int) -> int:
        """Of a function that can hold all sketches, in steps of 256."""
        needed = items * self.measured("memory_row_bytes", dimension) / self.measured("cache_share") / 2**20
        least = int(self.measured("function_memory_mb"))
        return least if needed <= least else math.ceil(needed / 256) * 256

    def search(self, workload: Workload, options: Options) -> tuple[float, float, float, int]:
        """Units read by each search, and on top by cold ones, for all searches; seconds of each; memory."""
        dimension, items = workload.dimension, workload.items
        memory = self.memory_mb(dimension, items)
        warm = self.warm_units(dimension, items)
        seconds = self.warm_ms(dimension, items) / 1e3
        if memory > self.measured("function_memory_mb") and not options.fits:
            return self.unfitting_search(warm, seconds)
        fill = items * self.measured("bucket_row_bytes", dimension) / self.measured("read_bytes_a_second")
        cold = options.cold_share * (fill + self.measured("start_ms") / 1e3)
        return warm, options.cold_share * self.fill_units(dimension, items), seconds + cold, memory

    def unfitting_search(self, warm: float, seconds: float) -> tuple[float, float, float, int]:
        """Of a collection whose sketches do not fit: each search reads of them what it may, strongly."""
        read = self.measured("max_read_mb") * 2**20
        seconds += read / self.measured("read_bytes_a_second")
        return warm + read / READ_UNIT_BYTES, 0, seconds, int(self.measured("function_memory_mb"))

    def warm_ms(self, dimension: int, items: int) -> float:
        known = self.measured.largest_size("search_cpu_ms", dimension)
        scan = max(0, items - known) * self.measured("scan_ns_per_row", dimension) / 1e6
        cpu = self.measured.at_size("search_cpu_ms", dimension, items) + scan
        return self.measured("overhead_ms") + 2 * self.measured("round_trip_ms") + cpu

    # Searches in a group

    def group_search(self, workload: Workload, options: Options) -> tuple[float, float, float, int]:
        """All sketches of the group, and eventually the vectors of the best: the same warm or cold, since nothing is kept."""
        read = workload.group_items * self.hint_bytes(workload)
        codes = read / READ_UNIT_BYTES / (2 if options.eventual else 1)
        vectors = self.vector_units(workload.dimension, self.measured("group_vectors_read"))
        pages = math.ceil(read / 2**20)
        seconds = (
            (self.measured("overhead_ms") + (pages + 1) * self.measured("round_trip_ms")) / 1e3
            + read / self.measured("read_bytes_a_second")
            + options.cold_share * self.measured("start_ms") / 1e3
        )
        units = self.measured("configuration_read_units") + codes + vectors
        return units, 0, seconds, int(self.measured("function_memory_mb"))

    # What is around the store

    def function(self, calls: float, seconds: float, memory_mb: int, options: Options) -> float:
        if options.gateway == "none":
            return 0
        time = self.prices(f"lambda.{options.architecture}") * seconds * memory_mb / 1024
        return calls * (self.prices("lambda.call") + time)

    def gateway(self, calls: float, options: Options) -> float:
        return calls * self.prices(f"gateway.{options.gateway}") if options.gateway in ("rest", "http") else 0

    def logs(self, calls: float, options: Options) -> float:
        if options.gateway == "none":
            return 0
        return calls * self.measured("log_line_bytes") / GB * self.prices("cloudwatch.logs")
