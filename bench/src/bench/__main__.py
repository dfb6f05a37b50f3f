"""`make bench`: start everybody, measure in turns, write table, JSON and picture."""

import argparse
import sys
import tempfile
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path

from bench import arguments, lanes, report, rounds, subjects
from bench.rounds import Plan
from bench.running import run, tell, two_cores
from bench.subject import Subject
from bench.upstream import PATHS


def _start(options: argparse.Namespace, folder: Path, cleanup: ExitStack) -> Mapping[str, Subject]:
    required = options.against or ()
    names = {lane.subject for lane in lanes.chosen(options.only, required or lanes.OTHERS)}
    proxies = not PATHS.keys().isdisjoint(options.only)
    return subjects.start(names, folder, cleanup, required=required, proxies=proxies, tell=tell)


def _bench(options: argparse.Namespace) -> None:
    client_core = two_cores()
    options.out.mkdir(parents=True, exist_ok=True)
    with ExitStack() as cleanup:
        folder = Path(cleanup.enter_context(tempfile.TemporaryDirectory()))
        started = _start(options, folder, cleanup)
        titles = {name: subject.title for name, subject in started.items()}
        chosen = [
            lane
            for lane in lanes.chosen(options.only, started)
            if lane.subject in started and lane.work in started[lane.subject].works
        ]
        for connections in options.connections:
            times = (options.rounds, options.seconds, options.warmup)
            plan = Plan(client_core, connections, *times)
            samples = rounds.run(plan, started, chosen, tell)
            report.leave(plan, samples, titles, options.out, tell)
    tell(f"figures and pictures are in {options.out.resolve()}")


def main() -> int:
    """Do what the command line says; return the exit code."""
    return run(lambda: _bench(arguments.read(sys.argv[1:])))


if __name__ == "__main__":
    sys.exit(main())
