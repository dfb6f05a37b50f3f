"""`make bench`: start everybody, measure in turns, write table, JSON and picture."""

import argparse
import os
import signal
import sys
import tempfile
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path

from bench import arguments, lanes, report, rounds, subjects, wrk
from bench.errors import BenchError
from bench.rounds import Plan
from bench.subject import Subject
from bench.upstream import PATHS
from devstack.process import StartError
from devstack.redis_server import NoRedisError
from peers.errors import PeerError


def _tell(line: str) -> None:
    print(line, flush=True)


def _two_cores() -> tuple[int, int]:
    cores = sorted(os.sched_getaffinity(0))
    if len(cores) < 2:  # noqa: PLR2004 - servers and client
        raise BenchError("needs two cores: one for the servers, one for the client")
    return cores[0], cores[1]


def _start(options: argparse.Namespace, folder: Path, cleanup: ExitStack) -> Mapping[str, Subject]:
    required = options.against or ()
    names = {lane.subject for lane in lanes.chosen(options.only, required or lanes.OTHERS)}
    proxies = not PATHS.keys().isdisjoint(options.only)
    return subjects.start(names, folder, cleanup, required=required, proxies=proxies, tell=_tell)


def _bench(options: argparse.Namespace) -> None:
    wrk.check()
    server_core, client_core = _two_cores()
    # Whatever is started from here on inherits the servers' core.
    os.sched_setaffinity(0, {server_core})
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
            samples = rounds.run(plan, started, chosen, _tell)
            report.leave(plan, samples, titles, options.out, _tell)
    _tell(f"figures and pictures are in {options.out.resolve()}")


def main() -> int:
    """Run it; 2 when it cannot run, with one line that says why."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        _bench(arguments.read(sys.argv[1:]))
    except (BenchError, PeerError, StartError, NoRedisError) as error:
        print(error, file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
