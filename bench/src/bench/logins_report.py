"""What a storm of logins did to reads, as rows of text."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bench import table
from bench.crowd import percentile_ms
from bench.measurement import Measurement
from bench.summary import Spread

STEADY, FULL = "steady pace", "full speed"
# On another core the auths are beside the clients, and yield to the one that measures.
SHARED, OTHER = "the gateway's core", "another core"
CASES = [(core, pace) for core in (SHARED, OTHER) for pace in (STEADY, FULL)]
_HEAD = ("auth on", "reads at")
_TARGET = 2.0


@dataclass(frozen=True)
class Round:
    """Reads before the storm and in it, and what the storm's people met."""

    auth_on: str
    pace: str
    quiet: Measurement
    stormy: Measurement
    storm: Mapping[str, Any]

    @property
    def case(self) -> tuple[str, str]:
        """Where the auths were, and the pace of the reads."""
        return self.auth_on, self.pace

    @property
    def ratio(self) -> float:
        """How many times as long the slowest hundredth waited."""
        return self.stormy.p99_ms / self.quiet.p99_ms


def _row(rounds: Sequence[Round]) -> table.Row:
    ratio = Spread.of([one.ratio for one in rounds])
    quiet, stormy = ([getattr(one, name).p99_ms for one in rounds] for name in ("quiet", "stormy"))
    speeds = [one.stormy.per_second / one.quiet.per_second for one in rounds]
    return (
        *rounds[0].case,
        table.spread(Spread.of(quiet), 1),
        table.spread(Spread.of(stormy), 1),
        table.spread(ratio),
        f"<= {_TARGET:g}",
        "reached" if ratio.median <= _TARGET else "not reached",
        table.spread(Spread.of(speeds)),
    )


def reads(rounds: Sequence[Round]) -> list[table.Row]:
    """Return a head and one row a case: how long reads took without and with the storm."""
    times = ("p99 ms quiet", "in the storm", "ratio", "target", "", "speed kept")
    cases = ([one for one in rounds if one.case == case] for case in CASES)
    return [(*_HEAD, *times), *map(_row, cases)]


def logins(rounds: Sequence[Round], seconds: int) -> list[table.Row]:
    """Return a head and one row a case: what the storm's people met in so many seconds a round."""
    rows: list[table.Row] = [
        (*_HEAD, "let in/s", "p50 ms", "p99 ms", "refused/s", "p50 ms", "p99 ms", "other")
    ]
    for case in CASES:
        storms = [one.storm for one in rounds if one.case == case]
        let_in = [ms for one in storms for ms in one["let_in_ms"]]
        refused = [ms for one in storms for ms in one["refused_ms"]]
        # JSON has no numbers for names.
        known = {"200", "503", "429"}
        other = sum(n for one in storms for s, n in one["statuses"].items() if s not in known)
        other += sum(one["without_retry_after"] for one in storms)
        all_seconds = seconds * len(storms)
        cells = [
            cell
            for ms in (let_in, refused)
            for cell in (len(ms) / all_seconds, percentile_ms(ms, 50), percentile_ms(ms, 99))
        ]
        rows.append((*case, *(f"{cell:.0f}" for cell in cells), str(other)))
    return rows
