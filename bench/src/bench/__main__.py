"""`make bench`: start everybody, measure in turns, write table, JSON and picture."""

import argparse
import json
import os
import platform
import signal
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import asdict
from pathlib import Path

from bench import plot, rounds, summary, table, wrk
from bench.errors import BenchError
from bench.lanes import COMPARISONS, Lane
from bench.rounds import Plan, Sample
from bench.subjects import HoldfastSubject, PeerSubject, Subject
from devstack.process import StartError
from devstack.redis_server import NoRedisError
from peers.errors import PeerError
from peers.peer import PEERS

_PEERS = ("express-session", "flask-session")


def _arguments(words: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make bench ARGS=", description=__doc__)
    parser.add_argument("--connections", type=int, nargs="+", default=[32])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=int, default=3, help="of one lane in one round")
    parser.add_argument(
        "--warmup", type=int, default=2, help="seconds of every lane before; may be 0"
    )
    parser.add_argument("--out", type=Path, default=Path(".bench"))
    return parser.parse_args(words)


def _tell(line: str) -> None:
    print(line, flush=True)


def _two_cores() -> tuple[int, int]:
    cores = sorted(os.sched_getaffinity(0))
    if len(cores) < 2:  # noqa: PLR2004 - servers and client
        raise BenchError("needs two cores: one for the servers, one for the client")
    return cores[0], cores[1]


def _candidates(folder: Path) -> Iterator[Subject]:
    # One after another: a subject chooses free ports when it is made and takes them when started.
    yield HoldfastSubject(folder / "holdfast")
    for name in _PEERS:
        yield PeerSubject(PEERS[name], folder / name)


def _start(folder: Path, cleanup: ExitStack) -> Mapping[str, Subject]:
    subjects: dict[str, Subject] = {}
    for subject in _candidates(folder):
        cleanup.callback(subject.stop)
        try:
            subject.start()
        except PeerError as error:
            print(f"left out: {error}", file=sys.stderr)
            continue
        _tell(f"started {subject.name}: {subject.title}")
        subjects[subject.name] = subject
    return subjects


def _lanes(subjects: Mapping[str, Subject]) -> list[Lane]:
    wanted = [lane for one in COMPARISONS for lane in (one.ours, one.theirs)]
    return sorted({lane for lane in wanted if lane.subject in subjects}, key=wanted.index)


def _report(plan: Plan, samples: Sequence[Sample], titles: Mapping[str, str], out: Path) -> None:
    by_lane, compared = summary.lanes(samples), summary.ratios(samples)
    _tell(f"\n{plan.connections} connections\n{table.lanes(by_lane)}\n\n{table.ratios(compared)}\n")
    figures = {
        "machine": platform.processor() or platform.machine(),
        "titles": titles,
        "plan": asdict(plan),
        "lanes": [asdict(one) for one in by_lane],
        "ratios": [asdict(one) | {"reached": one.reached} for one in compared],
        "samples": [asdict(sample) for sample in samples],
    }
    name = out / f"bench-{plan.connections}"
    name.with_suffix(".json").write_text(json.dumps(figures, indent=1))
    plot.save(samples, plan.connections, name.with_suffix(".png"))


def _bench(arguments: argparse.Namespace) -> None:
    wrk.check()
    server_core, client_core = _two_cores()
    # Whatever is started from here on inherits the servers' core.
    os.sched_setaffinity(0, {server_core})
    arguments.out.mkdir(parents=True, exist_ok=True)
    with ExitStack() as cleanup:
        folder = Path(cleanup.enter_context(tempfile.TemporaryDirectory()))
        subjects = _start(folder, cleanup)
        titles = {name: subject.title for name, subject in subjects.items()}
        for connections in arguments.connections:
            times = (arguments.rounds, arguments.seconds, arguments.warmup)
            plan = Plan(client_core, connections, *times)
            samples = rounds.run(plan, subjects, _lanes(subjects), _tell)
            _report(plan, samples, titles, arguments.out)
    _tell(f"figures and pictures are in {arguments.out.resolve()}")


def main() -> int:
    """Run it; 2 when it cannot run, with one line that says why."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        _bench(_arguments(sys.argv[1:]))
    except (BenchError, StartError, NoRedisError) as error:
        print(error, file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
