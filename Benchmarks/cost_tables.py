"""The tables and sentences of docs/cost.md, by the name of their place there."""

from dataclasses import replace

from cost_inputs import InputError, Measured, Prices
from cost_model import GB, PARTS, WORKLOADS, Bill, Options, Whiplash, Workload
from cost_others import OTHERS, DynamoDBIndex, Pinecone, S3Vectors, Turbopuffer

SMALL, LARGE, GROUPED = WORKLOADS
COLD_SHARES = (0.0001, 0.001, 0.01, 0.1)
SIZES = (10_000, 100_000, 1_000_000, 10_000_000)


class Tables:
    def __init__(self, prices: Prices, measured: Measured, options: Options) -> None:
        self.prices = prices
        self.measured = measured
        self.options = options
        self.whiplash = Whiplash(prices, measured)
        self.others = [other(prices, measured) for other in OTHERS]

    def all(self) -> dict[str, str]:
        return {
            "findings": self.findings(),
            "small": self.comparison(SMALL),
            "large": self.comparison(LARGE),
            "grouped": self.comparison(GROUPED),
            "idle": self.idle(),
            "inserts": self.inserts(),
            "parts": self.parts(),
            "searches": self.searches(),
            "cold": self.cold_shares(),
            "levers": self.levers(),
            "inputs": self.inputs(),
            "prices": self.price_list(),
            "unsourced": "\n".join(f"- {line}" for line in self.prices.unsourced),
        }

    # Ways of using Whiplash

    def ways(self, workload: Workload) -> dict[str, Bill]:
        rest = self.options
        ways = {"Whiplash over its API": self.whiplash.bill(workload, rest)}
        if workload is LARGE:
            memory = self.whiplash.memory_mb(workload.dimension, workload.items)
            ways = {
                f"Whiplash over its API, were all sketches in a function of {memory:,} MB": ways.popitem()[1],
                "Whiplash over its API, as it is deployed": self.whiplash.bill(workload, replace(rest, fits=False)),
            }
        if workload is GROUPED:
            ways['Whiplash over its API, `"consistency": "eventual"`'] = self.whiplash.bill(
                workload, replace(rest, eventual=True)
            )
        ways["Whiplash as a library, in a process that stays up"] = self.library(workload)
        return ways

    def library(self, workload: Workload) -> Bill:
        return self.whiplash.bill(workload, replace(self.options, gateway="none", cold_share=0))

    def bills(self, workload: Workload) -> dict[str, Bill]:
        return {**self.ways(workload), **{other.name: other.bill(workload) for other in self.others}}

    # Tables

    def comparison(self, workload: Workload) -> str:
        head = ["", "storage", "searches", "gateway, function, logs", "**a month**", "idle", "initial load, once"]
        return table(head, [comparison_row(name, bill) for name, bill in self.bills(workload).items()])

    def idle(self) -> str:
        bills = [self.bills(workload) for workload in WORKLOADS]
        names = ["Whiplash", *(other.name for other in self.others)]
        rows = []
        for name in names:
            found = [next(bill for key, bill in all_.items() if key.startswith(name)) for all_ in bills]
            rows.append([name, *(money(bill.idle_month) for bill in found)])
        return table(["a month without traffic", "1 M × 768", "20 M × 768", "10,000 M × 384"], rows)

    def inserts(self) -> str:
        rows = [
            ["Whiplash over its API", money(self.whiplash.inserts(1e6, 768, self.options))],
            ["Whiplash as a library", money(self.whiplash.inserts(1e6, 768, replace(self.options, gateway="none")))],
            *([other.name, money(other.writes(1e6, 768))] for other in self.others),
        ]
        return table(["a million inserts at 768 dimensions, one at a time", ""], rows)

    def parts(self) -> str:
        columns = {
            "1 M × 768": self.whiplash.bill(SMALL, self.options),
            "20 M × 768, in memory": self.whiplash.bill(LARGE, self.options),
            "20 M × 768, as deployed": self.whiplash.bill(LARGE, replace(self.options, fits=False)),
            "groups, strong": self.whiplash.bill(GROUPED, self.options),
            "groups, eventual": self.whiplash.bill(GROUPED, replace(self.options, eventual=True)),
        }
        rows = [[part, *(money(bill.parts[part]) for bill in columns.values())] for part in PARTS]
        rows.append(["**a month**", *(f"**{money(bill.month)}**" for bill in columns.values())])
        rows.append(["initial load, once", *(money(bill.load) for bill in columns.values())])
        return table(["", *columns], rows)

    def searches(self) -> str:
        head = [
            "items", "dimensions", "read units of a warm search", "of a million", "read units to fill a memory", "for",
            "memory for sketches", "a fill takes at least",
        ]  # fmt: skip
        rows = [self.search_row(items, dimension) for dimension in (384, 768) for items in SIZES]
        return table(head, rows)

    def search_row(self, items: int, dimension: int) -> list[str]:
        warm = self.whiplash.warm_units(dimension, items)
        fill = self.whiplash.fill_units(dimension, items)
        memory = items * self.measured("memory_row_bytes", dimension) / 2**20
        seconds = self.whiplash.fill_seconds_at_least(dimension, items)
        read = self.prices("dynamodb.read")
        return [
            f"{items:,}", str(dimension), f"{warm:.0f}", money(warm * read * 1e6), f"{fill:,.0f}", money(fill * read),
            f"{memory:,.0f} MB", f"{seconds:.1f} s",
        ]  # fmt: skip

    def cold_shares(self) -> str:
        rows = []
        for share in COLD_SHARES:
            options = replace(self.options, cold_share=share)
            bills = [self.whiplash.bill(workload, options) for workload in (SMALL, LARGE)]
            rows.append([f"{share * 100:g} %", *(money(bill.month) for bill in bills)])
        return table(["searches by a new process", "1 M × 768", "20 M × 768, in memory"], rows)

    def levers(self) -> str:
        changes = {
            "as above": self.options,
            "an HTTP API instead of a REST API": replace(self.options, gateway="http"),
            "the function's own URL": replace(self.options, gateway="url"),
            "x86-64 instead of arm64": replace(self.options, architecture="x86_64"),
            "tables of class Standard-IA": replace(self.options, table_class="ia_"),
            "the same, and eventual reads": replace(self.options, table_class="ia_", eventual=True),
        }
        rows = [
            [name, *(money(self.whiplash.bill(workload, options).month) for workload in (SMALL, GROUPED))]
            for name, options in changes.items()
        ]
        rows.append(["groups packed into objects on S3: planned, not built", "–", money(self.packed())])
        return table(["a month", "1 M × 768", "groups"], rows)

    def packed(self) -> float:
        """The grouped workload from S3: an object of codes and one of vectors for each group, both read by a search."""
        size = GROUPED.items * self.measured("packed_group_bytes", GROUPED.dimension) / GB
        around = self.whiplash.bill(GROUPED, self.options).parts
        return (
            size * self.prices("s3.storage")
            + 2 * GROUPED.queries * self.prices("s3.get")
            + sum(around[part] for part in ("function", "gateway", "logs"))
        )

    def inputs(self) -> str:
        rows = []
        for entry in self.measured.entries.values():
            how = entry["how"]
            if "source" in entry:
                how += f" ([source]({entry['source']}), {entry['date']})"
            rows.append([entry["what"], shown(entry["value"]), entry["unit"], entry["kind"], how])
        return table(["what", "value", "unit", "", "how"], rows, numbers=False)

    def price_list(self) -> str:
        rows = []
        for entry in self.prices.entries.values():
            quantity = "" if entry["quantity"] == 1 else f"{entry['quantity']:,.0f} "
            source = f"[{entry['source'].split('/')[2]}]({entry['source']})"
            rows.append([
                entry["what"], f"${exactly(entry['price'])}", f"{quantity}{entry['unit']}", entry["date"], source,
                entry.get("note", ""),
            ])  # fmt: skip
        return table(["what", "price", "for", "read on", "at", ""], rows, numbers=False)

    # What follows

    def findings(self) -> str:
        lines = (self.small, self.large, self.grouped, self.cheap, self.own_index)
        return "\n".join(f"- {line()}" for line in lines)

    def small(self) -> str:
        bills = self.bills(SMALL)
        ours, library = bills["Whiplash over its API"], self.library(SMALL)
        own, s3 = bills[DynamoDBIndex.name], bills[S3Vectors.name]
        below(s3.month, ours.month)
        return (
            f"**One collection, searched as a whole, is cheaper elsewhere on AWS.** A million searches of a million "
            f"vectors cost {money(ours.month)} with all that is around them: {money(ours.parts['reads, cold'])} fill "
            f"the memory of new processes ({self.options.cold_share:.0%} of the searches), "
            f"{money(ours.parts['reads, warm'])} are what the searches themselves read. S3 Vectors takes "
            f"{money(s3.month)} and DynamoDB's own index {amount(own)}, both without a gateway. In a process that "
            f"stays up, without a gateway as well, it is {money(library.month)}."
        )

    def large(self) -> str:
        bills = self.bills(LARGE)
        held, deployed, *_ = bills.values()
        others = max(bills[name].month for name in (DynamoDBIndex.name, S3Vectors.name, Turbopuffer.name))
        below(others, held.month), below(held.month, deployed.month)
        read = self.measured("max_read_mb") * 2**20
        share = read / (LARGE.items * self.measured("bucket_row_bytes", LARGE.dimension))
        seconds = self.whiplash.fill_seconds_at_least(LARGE.dimension, LARGE.items)
        return (
            f"**Twenty million vectors in one collection are not for this version.** Their sketches do not fit into "
            f"the function as it is deployed: each search reads {self.measured('max_read_mb'):.0f} MB, {share:.0%} of "
            f"them, misses neighbours, and a month costs {money(deployed.month)}. In a function large enough it were "
            f"{money(held.month)}, but filling its memory takes at least {seconds:.0f} s by DynamoDB's limits, of the "
            f"{self.measured('time_limit_seconds'):.0f} s of a request. S3 Vectors takes "
            f"{money(bills[S3Vectors.name].month)}, turbopuffer {money(bills[Turbopuffer.name].month)}, DynamoDB's own "
            f"index {amount(bills[DynamoDBIndex.name])}."
        )

    def grouped(self) -> str:
        bills = self.bills(GROUPED)
        ours, s3 = bills["Whiplash over its API"], bills[S3Vectors.name]
        stored = below(s3.parts["storage"], ours.parts["storage"])
        total = below(s3.month, ours.month)
        below(bills[Turbopuffer.name].month, ours.month), below(bills[Pinecone.name].month, ours.month)
        terabytes = GROUPED.items * self.whiplash.stored_bytes(GROUPED) / 1e12
        return (
            f"**Cold bulk is dear in DynamoDB.** The groups' {terabytes:.0f} TB are {money(ours.parts['storage'])} a "
            f"month, {stored:.1f} times what S3 Vectors takes for its own; with searches it is {money(ours.month)}, "
            f"{total:.0f} times. Packing cold groups into objects on S3, which is planned, would make it some "
            f"{money(self.packed())}."
        )

    def cheap(self) -> str:
        idle = self.whiplash.bill(SMALL, self.options).idle
        others = {other.name: other.writes(1e6, 768) for other in self.others}
        ours = self.whiplash.inserts(1e6, 768, self.options)
        index = others.pop(DynamoDBIndex.name)
        below(ours, min(others.values())), below(idle, self.prices("turbopuffer.minimum"))
        below(S3Vectors(self.prices, self.measured).bill(SMALL).idle, idle)
        return (
            f"**Single writes and standing still are cheap.** A million inserts one at a time cost {money(ours)} with "
            f"the gateway and the function, since a row is billed by the KB; S3 Vectors, Pinecone and turbopuffer, whose "
            f"writes have larger minimums, take {money(min(others.values()))} to {money(max(others.values()))}, "
            f"DynamoDB's own index, without a gateway, {money(index)}. A million vectors that nobody searches cost "
            f"{money(idle)} a month, without a monthly minimum; S3 Vectors is cheaper still."
        )

    def own_index(self) -> str:
        warm = self.whiplash.warm_units(SMALL.dimension, SMALL.items) * self.prices("dynamodb.read")
        even = warm / self.prices("dynamodb_index.search") * GB
        known = SMALL.dimension * self.measured("dynamodb_index.search_bytes")
        return (
            f"**For one huge collection without groups, DynamoDB's own index is the one to beat.** To cost what a "
            f"warm search of ours reads for, it would have to examine {even / 1e6:.1f} MB for each search, "
            f"{below(known, even):.0f} times what others have measured, at 15,000 vectors."
        )


def below(less: float, more: float) -> float:
    """How many times as much; a sentence that is no longer true must not be written."""
    if not less < more:
        raise InputError(f"A finding says that {less:.2f} is below {more:.2f}: it has to be written anew.")
    return more / less


def comparison_row(name: str, bill: Bill) -> list[str]:
    searches = sum(bill.parts.get(part, 0) for part in ("reads, warm", "reads, cold", "queries"))
    around = [bill.parts[part] for part in ("function", "gateway", "logs") if part in bill.parts]
    least = " (minimum)" if bill.month == bill.minimum else ""
    return [
        name, money(bill.parts["storage"]), ("≥ " if bill.at_least else "") + money(searches),
        money(sum(around)), f"**{amount(bill)}**{least}", money(bill.idle_month), money(bill.load),
    ]  # fmt: skip


def amount(bill: Bill) -> str:
    return ("at least " if bill.at_least else "") + money(bill.month)


def money(dollars: float) -> str:
    if dollars == 0:
        return "–"
    if dollars < 0.005:
        return f"${dollars:.4f}" if dollars >= 0.00005 else "< $0.0001"
    return f"${dollars:,.2f}" if dollars < 100 else f"${dollars:,.0f}"


def shown(value: float | dict) -> str:
    """A value, or what it is for each dimension, or for each dimension and size."""
    if not isinstance(value, dict):
        return exactly(value)
    if isinstance(next(iter(value.values())), dict):
        return "; ".join(f"{key}: {sizes(inner)}" for key, inner in value.items())
    return ", ".join(f"{key}: {exactly(inner)}" for key, inner in value.items())


def sizes(values: dict[str, float]) -> str:
    return ", ".join(f"{value:.1f} of {int(size):,}" for size, value in values.items())


def exactly(number: float) -> str:
    return f"{number:,.10f}".rstrip("0").rstrip(".")


def table(head: list[str], rows: list[list[str]], numbers: bool = True) -> str:
    rule = ["---"] + (["---:"] if numbers else ["---"]) * (len(head) - 1)
    return "\n".join("| " + " | ".join(row) + " |" for row in [head, rule, *rows])
