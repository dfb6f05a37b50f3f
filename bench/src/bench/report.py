"""What a run leaves behind: a table on the screen; JSON, Markdown and a picture in a folder."""

import json
import platform
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path

from bench import plot, summary, table
from bench.rounds import Plan, Sample


def leave(
    plan: Plan,
    samples: Sequence[Sample],
    titles: Mapping[str, str],
    out: Path,
    tell: Callable[[str], None],
) -> None:
    """Tell and write the figures of one number of connections."""
    by_lane, compared = summary.lanes(samples), summary.ratios(samples)
    lane_rows, ratio_rows = table.lanes(by_lane), table.ratios(compared)
    tell(f"\n{plan.connections} connections\n{table.text(lane_rows)}\n\n{table.text(ratio_rows)}\n")
    name = out / f"bench-{plan.connections}"
    name.with_suffix(".md").write_text(f"{table.markdown(ratio_rows)}\n{table.markdown(lane_rows)}")
    figures = {
        "machine": platform.processor() or platform.machine(),
        "titles": titles,
        "plan": asdict(plan),
        "lanes": [asdict(one) for one in by_lane],
        "ratios": [asdict(one) | {"reached": one.reached} for one in compared],
        "samples": [asdict(sample) for sample in samples],
    }
    name.with_suffix(".json").write_text(json.dumps(figures, indent=1))
    plot.save(by_lane, compared, plan.connections, name.with_suffix(".png"))
