"""`make bench-logins`: what a storm of logins does to whoever only reads a session."""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from bench import table
from bench.arguments import Parser, count
from bench.cpu import used_seconds
from bench.crowd import percentile_ms
from bench.errors import BenchError
from bench.holdfast_subject import HoldfastSubject
from bench.lanes import READ
from bench.measurement import Load, Measurement
from bench.running import run, tell, two_cores
from bench.summary import Spread

_TARGET = 2.0
_GRACE_SECONDS = 60
_IDLE_LOOK_SECONDS = 0.5
# A pace that leaves the core half idle, and one that leaves it nothing.
PACES: Mapping[str, tuple[int, int]] = {"steady pace": (16, 20), "full speed": (32, 0)}


@dataclass(frozen=True)
class Round:
    """Reads before the storm and in it, and what the storm's people met."""

    pace: str
    quiet: Measurement
    stormy: Measurement
    storm: Mapping[str, Any]

    @property
    def ratio(self) -> float:
        """How many times as long the slowest hundredth waited."""
        return self.stormy.p99_ms / self.quiet.p99_ms


def _arguments(words: Sequence[str]) -> argparse.Namespace:
    parser = Parser(prog="make bench-logins ARGS=", description=__doc__)
    parser.add_argument("--people", type=count, default=200)
    parser.add_argument("--rounds", type=count, default=5)
    parser.add_argument("--seconds", type=count, default=4, help="of reads, quiet and stormy")
    parser.add_argument("--out", type=Path, default=Path(".bench"))
    return parser.parse_args(words)


def _settle(subject: HoldfastSubject) -> None:
    """Wait until the last of the storm before is hashed, so that what is called quiet is."""
    give_up = time.monotonic() + _GRACE_SECONDS
    used, before = _IDLE_LOOK_SECONDS, used_seconds(subject.groups)
    while used > _IDLE_LOOK_SECONDS / 20:
        if time.monotonic() > give_up:
            raise BenchError("the storm does not end")
        time.sleep(_IDLE_LOOK_SECONDS)
        now = used_seconds(subject.groups)
        used, before = now - before, now


def _round(subject: HoldfastSubject, pace: str, core: int, options: argparse.Namespace) -> Round:
    connections, pause_ms = PACES[pace]
    load = Load(core, connections, options.seconds, pause_ms)
    _settle(subject)
    quiet = subject.measure(READ, load)
    words = [subject.url, str(options.people), str(options.seconds + 1)]
    command = ["taskset", "-c", str(core), sys.executable, "-m", "bench.crowd", *words]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as crowd:  # noqa: S603
        try:
            if crowd.stdout is None or not crowd.stdout.readline():
                raise BenchError("the crowd did not come")
            stormy = subject.measure(READ, load)
            told, _ = crowd.communicate(timeout=options.seconds + _GRACE_SECONDS)
        finally:
            crowd.kill()
    return Round(pace, quiet, stormy, json.loads(told))


def _row(rounds: Sequence[Round]) -> table.Row:
    ratio = Spread.of([one.ratio for one in rounds])
    quiet, stormy = ([getattr(one, name).p99_ms for one in rounds] for name in ("quiet", "stormy"))
    speeds = [one.stormy.per_second / one.quiet.per_second for one in rounds]
    return (
        rounds[0].pace,
        table.spread(Spread.of(quiet), 1),
        table.spread(Spread.of(stormy), 1),
        table.spread(ratio),
        f"<= {_TARGET:g}",
        "reached" if ratio.median <= _TARGET else "not reached",
        table.spread(Spread.of(speeds)),
    )


def _reads(rounds: Sequence[Round]) -> list[table.Row]:
    head = ("reads at", "p99 ms quiet", "in the storm", "ratio", "target", "", "speed kept")
    return [head, *(_row([one for one in rounds if one.pace == pace]) for pace in PACES)]


def _logins(rounds: Sequence[Round], seconds: int) -> list[table.Row]:
    rows: list[table.Row] = [
        ("reads at", "let in/s", "p50 ms", "p99 ms", "refused/s", "p50 ms", "p99 ms", "other")
    ]
    for pace in PACES:
        storms = [one.storm for one in rounds if one.pace == pace]
        let_in = [ms for one in storms for ms in one["let_in_ms"]]
        refused = [ms for one in storms for ms in one["refused_ms"]]
        # JSON has no numbers for names.
        known = {"200", "503", "429"}
        other = sum(n for one in storms for s, n in one["statuses"].items() if s not in known)
        other += sum(one["without_retry_after"] for one in storms)
        times = (seconds + 1) * len(storms)
        cells = [
            cell
            for ms in (let_in, refused)
            for cell in (len(ms) / times, percentile_ms(ms, 50), percentile_ms(ms, 99))
        ]
        rows.append((pace, *(f"{cell:.0f}" for cell in cells), str(other)))
    return rows


def _bench(options: argparse.Namespace) -> None:
    client_core = two_cores()
    options.out.mkdir(parents=True, exist_ok=True)
    rounds: list[Round] = []
    with ExitStack() as cleanup:
        folder = Path(cleanup.enter_context(tempfile.TemporaryDirectory()))
        subject = HoldfastSubject(folder / "holdfast")
        cleanup.callback(subject.stop)
        subject.start()
        for number in range(options.rounds):
            for pace in PACES:
                seen = _round(subject, pace, client_core, options)
                rounds.append(seen)
                tell(
                    f"round {number + 1}/{options.rounds}  {pace:12}"
                    f"p99 {seen.quiet.p99_ms:.1f} -> {seen.stormy.p99_ms:.1f} ms"
                    f"  logins {seen.storm['statuses']}"
                )
    reads, logins = _reads(rounds), _logins(rounds, options.seconds)
    tell(f"\n{table.text(reads)}\n\n{table.text(logins)}\n")
    name = options.out / "logins"
    name.with_suffix(".md").write_text(f"{table.markdown(reads)}\n{table.markdown(logins)}")
    name.with_suffix(".json").write_text(json.dumps([asdict(one) for one in rounds], indent=1))


if __name__ == "__main__":
    sys.exit(run(lambda: _bench(_arguments(sys.argv[1:]))))
