"""The report: one HTML file with everything inside, and the verdict as JSON beside it."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import jinja2
import msgspec
import numpy as np
from numpy.typing import NDArray

from loadtests import aftermath, plots, sequences
from loadtests.guarantees import TITLES
from loadtests.series import ENTRY
from loadtests.verdict import Verdict


def write(verdict: Verdict, out: Path, title: str, notes: Sequence[str] = ()) -> None:
    """Write report.html and verdict.json into a folder; `notes` stand in both."""
    loader = jinja2.PackageLoader("loadtests", "templates")
    environment = jinja2.Environment(
        loader=loader, autoescape=True, undefined=jinja2.StrictUndefined
    )
    summary = summarize(verdict) | {"notes": list(notes)}
    html = environment.get_template("report.html").render(
        title=title,
        summary=summary,
        lines=verdict.lines,
        titles=TITLES,
        figures=figures(verdict) if verdict.series.start else [],
        violations=_violations(verdict),
        holds=verdict.holds,
    )
    (out / "report.html").write_text(html, encoding="utf-8")
    text = msgspec.json.format(msgspec.json.encode(summary), indent=2)
    (out / "verdict.json").write_bytes(text)


def summarize(verdict: Verdict) -> dict[str, Any]:
    """Return the verdict's figures: what `make compare` puts side by side."""
    series = verdict.series
    took = np.frombuffer(series.took, dtype=np.int64) / 1000 if series.took else np.zeros(1)
    start = np.frombuffer(series.start, dtype=np.int64) if series.start else np.zeros(1, np.int64)
    seconds = float(start.max() - start.min()) / 1e6
    return {
        "holds": verdict.holds,
        "lives": verdict.lives,
        "requests": len(series.start),
        "seconds": round(seconds, 1),
        "requests_per_second": round(len(series.start) / seconds) if seconds else 0,
        "sustained_per_second": _sustained(start),
        "failed": sum(series.failed),
        "p50_ms": round(float(np.percentile(took, 50)), 1),
        "p95_ms": round(float(np.percentile(took, 95)), 1),
        "p99_ms": round(float(np.percentile(took, 99)), 1),
        "session_p99_ms": round(_session_p99_ms(verdict), 1),
        "guarantees": {
            name: {"state": score.state, "checks": score.checks, "failed": score.failed}
            for name, score in verdict.scores.items()
        },
        "faults": aftermath.of(series, verdict.marks),
        "lines": [str(line) for line in verdict.lines],
    }


def _sustained(start: NDArray[np.int64]) -> int:
    """Return the requests of the median second: what people coming and leaving do not lower."""
    seconds = (start - start.min()) // 1_000_000
    return round(float(np.median(np.bincount(seconds.astype(np.int64)))))


def _session_p99_ms(verdict: Verdict) -> float:
    """Return the p99 without sign-ins, which cost some systems a password hash, others nothing."""
    series = verdict.series
    entries = [number for call, number in series.calls.items() if call in ENTRY]
    others = ~np.isin(np.frombuffer(series.call, np.uint8), entries)
    took = np.frombuffer(series.took, np.int64)[others]
    return float(np.percentile(took, 99)) / 1000 if len(took) else 0.0


def figures(verdict: Verdict) -> list[tuple[str, str]]:
    """Return the plots with their captions."""
    timeline = plots.Timeline(verdict.series, verdict.marks)
    made = [
        ("Answers per second, by instance", plots.throughput(timeline)),
        ("Median latency, by call", plots.latency_by_call(timeline, 50)),
        ("99th percentile of the latency, by call", plots.latency_by_call(timeline, 99)),
        ("Latency, by instance", plots.latency_by_instance(timeline)),
    ]
    errors_ms = verdict.scores["G4"].expiry_errors_ms if "G4" in verdict.scores else []
    if errors_ms:
        low, middle, high = np.percentile(errors_ms, [1, 50, 99])
        told = f"{len(errors_ms)} ends watched, median {middle:+.1f} ms"
        told = f"Expiry: {told}, 1st to 99th percentile {low:+.1f} to {high:+.1f} ms"
        made.append((told, plots.expiry(errors_ms)))
    return made


def _violations(verdict: Verdict) -> list[dict[str, Any]]:
    return [
        {"guarantee": name, "what": one.what, "who": one.person, "lines": sequences.lines(one)}
        for name, score in verdict.scores.items()
        for one in score.shown
    ]
