"""Tables and a picture of how things scale."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from bench import scale_plot, table
from bench.filled_store import StoreSample
from bench.lanes import INCREMENT, READ
from bench.one_user import UserCost
from bench.summary import Spread
from bench.workers import WorkersSample


def leave(
    stores: Sequence[StoreSample],
    costs: Sequence[UserCost],
    workers: Sequence[WorkersSample],
    out: Path,
    tell: Callable[[str], None],
) -> None:
    """Tell the tables; write them as Markdown, and a picture."""
    tables = {
        "sessions": _stores(stores),
        "of-one": _costs(costs),
        "workers": _workers(workers),
    }
    for name, rows in tables.items():
        tell(f"\n{table.text(rows)}")
        (out / f"scale-{name}.md").write_text(table.markdown(rows))
    scale_plot.save(stores, costs, workers, out / "scale.png")


def _stores(samples: Sequence[StoreSample]) -> list[table.Row]:
    head = ("sessions", "bytes each", "work", "answers/s", "p50 ms", "p50 ratio", "CPU ms/1,000")
    redis = ("CPU ratio", "script us", "Redis CPU ms/1,000", "Redis calls/answer")
    rows: list[table.Row] = [(*head, *redis)]
    sizes = sorted({one.sessions for one in samples})
    for work in (READ, INCREMENT):
        least = [one for one in samples if (one.work, one.sessions) == (work, sizes[0])]
        for size in sizes:
            own = [one for one in samples if (one.work, one.sessions) == (work, size)]
            rows.append((f"{size:,}", f"{own[0].bytes_a_session:.0f}", work, *_cells(own, least)))
    return rows


def _cells(own: Sequence[StoreSample], least: Sequence[StoreSample]) -> Iterator[str]:
    pairs = list(zip(own, least, strict=True))
    columns = (
        (0, [one.seen.per_second for one in own]),
        (1, [one.seen.p50_ms for one in own]),
        (2, [one.seen.p50_ms / other.seen.p50_ms for one, other in pairs]),
        (0, [one.cpu_ms for one in own]),
        (2, [one.cpu_ms / other.cpu_ms for one, other in pairs]),
        (1, [one.redis.us_a_call for one in own]),
        (0, [one.redis.cpu_s * 1e6 / one.seen.answers for one in own]),
        (2, [one.redis.calls / one.seen.answers for one in own]),
    )
    return (table.spread(Spread.of(values), digits) for digits, values in columns)


def _costs(costs: Sequence[UserCost]) -> list[table.Row]:
    verbs = list(costs[0].verb_us)
    rows: list[table.Row] = [("sessions of one person", *(f"{verb} us" for verb in verbs))]
    for one in costs:
        spent = (f"{one.verb_us[verb]:,.0f}" for verb in verbs)
        rows.append((f"{one.sessions:,}", *spent))
    return rows


def _workers(samples: Sequence[WorkersSample]) -> list[table.Row]:
    rows: list[table.Row] = [
        (
            *("workers", "answers/s", "p99 ms", "gateway CPU ms/1,000", "Redis CPU ms/1,000"),
            "Redis calls/answer",
        )
    ]
    for number in sorted({one.workers for one in samples}):
        own = [one for one in samples if one.workers == number]
        rows.append(
            (
                str(number),
                table.spread(Spread.of([one.seen.per_second for one in own]), 0),
                table.spread(Spread.of([one.seen.p99_ms for one in own]), 1),
                table.spread(Spread.of([one.gateway_cpu_s * 1000 for one in own]), 0),
                table.spread(Spread.of([one.redis_cpu_s * 1000 for one in own]), 0),
                table.spread(Spread.of([one.redis_calls for one in own])),
            )
        )
    return rows
