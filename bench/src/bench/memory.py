"""`make bench-memory`: what a worker of the gateway holds after many requests and giant bodies."""

import argparse
import json
import sys
import tempfile
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from itertools import cycle
from pathlib import Path

from matplotlib.figure import Figure

from bench import giant, resident, table
from bench.arguments import Parser, count
from bench.giant import Giant
from bench.holdfast_subject import HoldfastSubject
from bench.lanes import ANONYMOUS, HEALTH, INCREMENT, PUT, READ, VERIFY
from bench.measurement import Load
from bench.running import run, tell, two_cores

MOST_MIB, MOST_ADDED_MIB = 90, 20
_WORKS = (READ, VERIFY, INCREMENT, PUT, ANONYMOUS, HEALTH)
_CONNECTIONS, _SECONDS, _ROWS = 64, 2, 10
_ROUTE = """
[[routes]]
prefix = "/giant"
upstream = "{url}"
access = "session"
max_body = "2 GiB"
timeout_seconds = 300
"""


@dataclass(frozen=True)
class Held:
    """What the worker holds after so many requests."""

    requests: int
    mib: float


@dataclass(frozen=True)
class Transfer:
    """What the worker held before a giant body, and the most while it went through."""

    way: str
    before_mib: float
    peak_mib: float


def _arguments(words: Sequence[str]) -> argparse.Namespace:
    parser = Parser(prog="make bench-memory ARGS=", description=__doc__)
    parser.add_argument("--requests", type=count, default=500_000, metavar="N")
    parser.add_argument("--mib", type=count, default=1024, metavar="N", help="of each giant body")
    parser.add_argument("--out", type=Path, default=Path(".bench"))
    return parser.parse_args(words)


def _many(subject: HoldfastSubject, worker: int, core: int, requests: int) -> list[Held]:
    held, done, told = [Held(0, resident.now_mib(worker))], 0, 0
    for work in cycle(_WORKS):
        done += subject.measure(work, Load(core, _CONNECTIONS, _SECONDS)).answers
        held.append(Held(done, resident.now_mib(worker)))
        if done * _ROWS >= told * requests:
            tell(f"{done:>9,} requests  {held[-1].mib:.1f} MiB")
            told = done * _ROWS // requests + 1
        if done >= requests:
            break
    return held


def _giants(subject: HoldfastSubject, worker: int, mib: int) -> list[Transfer]:
    url, transfers = subject.url + "/giant", []
    ways: dict[str, Callable[[str, str, int], None]] = {
        "download": giant.download,
        "upload": giant.upload,
    }
    for way, carry in ways.items():
        # Whatever a first body makes for good is no growth of the second.
        carry(url, subject.cookie, 1)
        resident.forget_peak(worker)
        before = resident.now_mib(worker)
        carry(url, subject.cookie, mib)
        transfers.append(Transfer(way, before, resident.peak_mib(worker)))
        tell(f"{way} of {mib:,} MiB: {before:.1f} MiB, at most {transfers[-1].peak_mib:.1f} MiB")
    return transfers


def _rows(held: Sequence[Held], transfers: Sequence[Transfer]) -> list[table.Row]:
    rows: list[table.Row] = [("one worker of the gateway", "MiB", "target", "")]
    half = held[len(held) // 2]
    last = held[-1]
    shown = ((held[0], "after its start"), (half, ""), (last, f"< {MOST_MIB}"))
    for one, note in shown:
        target = note if note.startswith("<") else ""
        word = "" if not target else "reached" if one.mib < MOST_MIB else "not reached"
        rows.append((f"after {one.requests:,} requests", f"{one.mib:.1f}", target, word))
    for transfer in transfers:
        added = transfer.peak_mib - transfer.before_mib
        word = "reached" if added < MOST_ADDED_MIB else "not reached"
        name = f"added at most by a giant {transfer.way}"
        rows.append((name, f"{added:.1f}", f"< {MOST_ADDED_MIB}", word))
    return rows


def _draw(held: Sequence[Held], path: Path) -> None:
    figure = Figure(figsize=(8, 3.2), layout="constrained")
    axes = figure.subplots()
    axes.plot([one.requests for one in held], [one.mib for one in held], color="#0b6e6e")
    axes.axhline(MOST_MIB, color="crimson")
    axes.set_ylim(bottom=0)
    axes.set_xlabel("requests answered by one worker; red: target")
    axes.set_ylabel("resident memory, MiB")
    figure.savefig(path, dpi=100)


def _bench(options: argparse.Namespace) -> None:
    core = two_cores()
    options.out.mkdir(parents=True, exist_ok=True)
    with ExitStack() as cleanup:
        behind = cleanup.enter_context(Giant())
        folder = Path(cleanup.enter_context(tempfile.TemporaryDirectory()))
        routes = folder / "gateway.toml"
        routes.write_text(_ROUTE.format(url=behind.url))
        subject = HoldfastSubject(folder / "run", env={"HOLDFAST_ROUTES": str(routes)})
        cleanup.callback(subject.stop)
        subject.start()
        (worker,) = resident.workers(subject.gateway)
        held = _many(subject, worker, core, options.requests)
        transfers = _giants(subject, worker, options.mib)
    rows = _rows(held, transfers)
    tell(f"\n{table.text(rows)}")
    name = options.out / "memory"
    name.with_suffix(".md").write_text(table.markdown(rows))
    plain = {
        "held": [asdict(one) for one in held],
        "transfers": [asdict(one) for one in transfers],
    }
    name.with_suffix(".json").write_text(json.dumps(plain, indent=1))
    _draw(held, name.with_suffix(".png"))


if __name__ == "__main__":
    sys.exit(run(lambda: _bench(_arguments(sys.argv[1:]))))
