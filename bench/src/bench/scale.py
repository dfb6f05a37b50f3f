"""`make bench-scale`: many sessions, many sessions of one person, many workers."""

import argparse
import json
import os
import sys
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import asdict
from pathlib import Path

from bench import one_user, scale_report
from bench.arguments import Parser, count
from bench.filled_store import FilledStore, StoreSample
from bench.lanes import INCREMENT, READ
from bench.measurement import Load
from bench.one_user import UserCost
from bench.running import run, tell, two_cores
from bench.workers import Workers, WorkersSample

_CONNECTIONS = 32


def _arguments(words: Sequence[str]) -> argparse.Namespace:
    parser = Parser(prog="make bench-scale ARGS=", description=__doc__)
    add = parser.add_argument
    add("--sessions", type=count, nargs="+", default=[1_000, 100_000, 1_000_000], metavar="N")
    add("--of-one", type=count, nargs="+", default=[1, 100, 10_000], metavar="N")
    add("--workers", type=count, nargs="+", default=[1, 2, 4], metavar="N")
    add("--rounds", type=count, default=5, metavar="N")
    add("--seconds", type=count, default=3, metavar="S", help="of one kind of work in one round")
    add("--out", type=Path, default=Path(".bench"))
    return parser.parse_args(words)


def _stores(folder: Path, core: int, options: argparse.Namespace) -> list[StoreSample]:
    samples = []
    with ExitStack() as cleanup:
        stores = []
        for sessions in options.sessions:
            stores.append(FilledStore(sessions, folder / f"store-{sessions}"))
            cleanup.callback(stores[-1].stop)
            stores[-1].start(core, tell)
        load = Load(core, _CONNECTIONS, options.seconds)
        for number in range(options.rounds):
            for work in (READ, INCREMENT):
                for store in stores[:: -1 if number % 2 else 1]:
                    seen = store.measure(work, number, load)
                    samples.append(seen)
                    tell(
                        f"round {number + 1}/{options.rounds}  {work:9} of {store.sessions:>9,}"
                        f"  {seen.seen.per_second:6.0f}/s  p50 {seen.seen.p50_ms:.1f} ms"
                        f"  CPU {seen.cpu_ms:.0f} ms/1,000  script {seen.redis.us_a_call:.1f} us"
                    )
    return samples


def _workers(folder: Path, core: int, options: argparse.Namespace) -> list[WorkersSample]:
    samples = []
    cores = {core, *os.sched_getaffinity(0)}
    with ExitStack() as cleanup:
        gateways = []
        for number in options.workers:
            gateways.append(Workers(number, folder / f"workers-{number}", cores))
            cleanup.callback(gateways[-1].stop)
            gateways[-1].start(tell)
        load = Load(core, _CONNECTIONS, options.seconds)
        for number in range(options.rounds):
            for gateway in gateways[:: -1 if number % 2 else 1]:
                samples.append(gateway.measure(number, load))
                tell(
                    f"round {number + 1}/{options.rounds}  {gateway.workers} workers"
                    f"  {samples[-1].seen.per_second:6.0f}/s"
                )
    return samples


def _of_one(folder: Path, options: argparse.Namespace) -> list[UserCost]:
    return [one_user.cost(number, folder / f"one-{number}", tell) for number in options.of_one]


def _bench(options: argparse.Namespace) -> None:
    core = two_cores()
    options.out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        costs = _of_one(Path(folder), options)
        workers = _workers(Path(folder), core, options)
        stores = _stores(Path(folder), core, options)
    scale_report.leave(stores, costs, workers, options.out, tell)
    figures = {
        "stores": [asdict(one) for one in stores],
        "one_user": [one._asdict() for one in costs],
        "workers": [asdict(one) for one in workers],
    }
    (options.out / "scale.json").write_text(json.dumps(figures, indent=1))
    tell(f"figures and pictures are in {options.out.resolve()}")


if __name__ == "__main__":
    sys.exit(run(lambda: _bench(_arguments(sys.argv[1:]))))
