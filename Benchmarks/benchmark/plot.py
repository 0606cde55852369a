"""Recall against median latency: a mark for each setting, a line for each system."""

from pathlib import Path
from typing import Any

MARKS = "os^vDP*X<>ph"


def draw(results: dict[str, Any], path: Path) -> bool:
    """Writes an SVG; gives False where matplotlib is not there."""
    try:
        import matplotlib
    except ImportError:
        return False
    matplotlib.use("svg")
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(figsize=(10, 6.5))
    colours = pyplot.get_cmap("tab20").colors
    measured = [fact for fact in results["systems"] if fact.get("settings")]
    for position, fact in enumerate(measured):
        ours = fact["system"].startswith("whiplash")
        axes.plot(
            [setting["p50_ms"] for setting in fact["settings"]], [setting["recall"] for setting in fact["settings"]],
            marker=MARKS[position % len(MARKS)], color=colours[position % len(colours)], label=fact["system"],
            linewidth=1, linestyle="" if ours else "-", markersize=9 if ours else 5, markeredgecolor="black",
            markeredgewidth=0.8 if ours else 0,
        )  # fmt: skip
    axes.set_xscale("log")
    axes.set_xlabel("median latency of a query, ms (one core, one at a time)")
    axes.set_ylabel(f"recall@{results['data']['limit']}")
    lowest = min((setting["recall"] for fact in measured for setting in fact["settings"]), default=0)
    axes.set_ylim(max(lowest - 0.02, 0.8), 1.005)
    data = results["data"]
    axes.set_title(f"{data['count']:,} vectors of {data['dimension']} dimensions")
    axes.grid(True, which="both", alpha=0.3)
    axes.legend(fontsize=8, loc="lower right", ncols=2)
    figure.tight_layout()
    figure.savefig(path)
    pyplot.close(figure)
    return True
