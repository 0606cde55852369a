"""Tables of what was measured, in Markdown."""

from typing import Any

from .compare import TARGETS, chosen

HEAD = (
    "system", "setting", "recall@{limit}", "p50 ms", "p99 ms", "q/s, 1 client", "q/s, 2 clients", "items/s in",
    "peak MB in", "peak MB search", "disk MB", "× raw", "first answer ms",
)  # fmt: skip


def comparison(results: dict[str, Any]) -> str:
    """The settings shown of each system, by falling speed; then what is missing and why."""
    facts = results["systems"]
    measured = [fact for fact in facts if fact.get("settings")]
    rows = [row(fact, setting) for fact in measured for setting in chosen(fact["settings"])]
    parts = [heading(results), *([table(head(results), rows)] if rows else [])]
    for fact in facts:
        for why in ("missing", "failed"):
            if why in fact:
                parts.append(f"{fact['system']} is {why}: {fact[why]}")
    return "\n\n".join(parts)


def head(results: dict[str, Any]) -> list[str]:
    return [name.format(limit=results["data"]["limit"]) for name in HEAD]


def heading(results: dict[str, Any]) -> str:
    machine, data = results["machine"], results["data"]
    return (
        f"{data['count']:,} vectors of {data['dimension']} dimensions ({data['source']}), {data['queries']} queries; "
        f"{machine['cores']} cores {machine['architecture']} at {machine['gigahertz']} GHz, {machine['memory_gib']} GiB, "
        f"{machine['os']}, Swift {machine['swift']}, Python {machine['python']}.\n"
        "For each system the quickest settings that reach a recall of "
        f"{' and '.join(map(str, TARGETS))}, else its best. One core for latencies, two for the rest. "
        f"Load average before a system at most {max((fact.get('load_before', 0) for fact in results['systems']), default=0)}."
    )


def row(fact: dict[str, Any], setting: dict[str, Any]) -> list[str]:
    megabytes = [fact["ingest_peak_bytes"], fact["search_peak_bytes"], fact["disk_bytes"]]
    return [
        fact["system"], setting["label"], f"{setting['recall']:.4f}", number(setting["p50_ms"]),
        number(setting["p99_ms"]), number(setting.get("qps_1")), number(setting.get("qps_2")),
        number(fact["ingest_per_second"]),
        *(number(value and value / 1e6) for value in megabytes), f"{fact['disk_ratio']:.2f}",
        number(fact["first_answer_ms"]),
    ]  # fmt: skip


def number(value: float | None) -> str:
    """Three digits of meaning."""
    if value is None:
        return "–"
    if value >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def table(head: list[str], rows: list[list[str]]) -> str:
    widths = [max(len(line[column]) for line in [head, *rows]) for column in range(len(head))]
    rule = ["-" * (widths[0]), "-" * widths[1]] + ["-" * (width - 1) + ":" for width in widths[2:]]
    lines = [
        " | ".join(
            cell.ljust(width) if column < 2 else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(line, widths))
        )
        for line in (head, rule, *rows)
    ]
    return "\n".join(f"| {line} |" for line in lines)
