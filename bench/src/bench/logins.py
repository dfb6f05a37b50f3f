"""`make bench-logins`: what a storm of logins does to whoever only reads a session."""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import asdict
from pathlib import Path

from bench import table
from bench.arguments import Parser, count
from bench.cpu import move, used_seconds
from bench.errors import BenchError
from bench.holdfast_subject import HoldfastSubject
from bench.lanes import READ
from bench.logins_report import CASES, FULL, SHARED, STEADY, Round, logins, reads
from bench.measurement import Load
from bench.running import run, tell, two_cores

# The storm begins before the reads and ends after them.
_LONGER_SECONDS = 1
_GRACE_SECONDS = 60
_IDLE_LOOK_SECONDS = 0.5
# Connections and the pause of each, ms: one leaves the core half idle, the other nothing of it.
_PACES = {STEADY: (16, 20), FULL: (32, 0)}


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


def _round(
    subject: HoldfastSubject, case: tuple[str, str], core: int, options: argparse.Namespace
) -> Round:
    connections, pause_ms = _PACES[case[1]]
    load = Load(core, connections, options.seconds, pause_ms)
    _settle(subject)
    quiet = subject.measure(READ, load)
    words = [subject.url, str(options.people), str(options.seconds + _LONGER_SECONDS)]
    command = ["taskset", "-c", str(core), sys.executable, "-m", "bench.crowd", *words]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as crowd:  # noqa: S603
        try:
            if crowd.stdout is None or not crowd.stdout.readline():
                raise BenchError("the crowd did not come")
            stormy = subject.measure(READ, load)
            told, _ = crowd.communicate(timeout=options.seconds + _GRACE_SECONDS)
        finally:
            crowd.kill()
    return Round(*case, quiet, stormy, json.loads(told))


def _bench(options: argparse.Namespace) -> None:
    client_core = two_cores()
    (own_core,) = os.sched_getaffinity(0)
    options.out.mkdir(parents=True, exist_ok=True)
    rounds: list[Round] = []
    with ExitStack() as cleanup:
        folder = Path(cleanup.enter_context(tempfile.TemporaryDirectory()))
        subject = HoldfastSubject(folder / "holdfast")
        cleanup.callback(subject.stop)
        subject.start()
        for number in range(options.rounds):
            for case in CASES:
                move(subject.auths, own_core if case[0] == SHARED else client_core)
                seen = _round(subject, case, client_core, options)
                rounds.append(seen)
                tell(
                    f"round {number + 1}/{options.rounds}  auth on {case[0]}, {case[1]}  "
                    f"p99 {seen.quiet.p99_ms:.1f} -> {seen.stormy.p99_ms:.1f} ms"
                    f"  logins {seen.storm['statuses']}"
                )
    tables = reads(rounds), logins(rounds, options.seconds + _LONGER_SECONDS)
    tell("".join(f"\n{table.text(rows)}\n" for rows in tables))
    name = options.out / "logins"
    name.with_suffix(".md").write_text("\n".join(map(table.markdown, tables)))
    name.with_suffix(".json").write_text(json.dumps([asdict(one) for one in rounds], indent=1))


if __name__ == "__main__":
    sys.exit(run(lambda: _bench(_arguments(sys.argv[1:]))))
