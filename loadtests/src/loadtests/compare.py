"""The same people and the same checker over several session systems, one after the other."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from loadtests import plots, profiles
from loadtests.command import Load, own_stack
from loadtests.profiles import UsageError
from peers.errors import PeerError
from peers.peer import PEERS
from peers.running import Running

ROWS = {
    "G2": "lost updates",
    "G3": "undone logouts",
    "G1": "stale reads",
    "G4": "wrong expiry",
    "G5": "cross-talk",
    "G6": "id kept at login",
    "G7": "wrong answers in an outage",
    "G8": "lost in a crash",
}


@dataclass(frozen=True, slots=True)
class Contender:
    """A system to be tested. `start` serves it at some base addresses for as long as it is open.

    They are started one at a time, so that none costs another its processor.
    """

    name: str
    start: Callable[[], AbstractContextManager[Sequence[str]]]
    adapter: str = "common"
    idle_seconds: float | None = None


def running(told: str, idle_seconds: float) -> Contender:
    """Return a contender that runs already, from NAME=URL,URL. Raises UsageError."""
    name, _, urls = told.partition("=")
    if not name or not urls:
        raise UsageError(f"{told!r} is no NAME=URL,URL")
    return Contender(name, lambda: nullcontext(urls.split(",")), idle_seconds=idle_seconds)


def peer(name: str, folder: Path, idle_seconds: float) -> Contender:
    """Return a peer of loadtests/peers, two processes over one Redis. Raises UsageError."""
    if name not in PEERS:
        raise UsageError(f"{name!r} is no NAME=URL,URL and none of {', '.join(PEERS)}")
    try:
        PEERS[name].environment.check()
    except PeerError as error:
        raise UsageError(str(error)) from None

    @contextmanager
    def start() -> Iterator[Sequence[str]]:
        with Running(PEERS[name], folder / name, idle_seconds=int(idle_seconds)) as instances:
            yield instances.urls

    return Contender(name, start, idle_seconds=idle_seconds)


def ours(profile: str, folder: Path) -> Contender:
    """Return Holdfast, on a stack of its own with the profile's settings."""

    @contextmanager
    def start() -> Iterator[Sequence[str]]:
        with own_stack(folder, profiles.load(profile).stack) as stack:
            yield stack.urls

    return Contender("holdfast", start, adapter="holdfast")


def run(contenders: Sequence[Contender], out: Path, profile: str = "compare") -> str:
    """Test each; write compare.json, compare.txt and compare.svg; return the table."""
    profiles.load(profile)
    results: dict[str, dict[str, Any]] = {}
    for contender in contenders:
        print(f"== {contender.name}", flush=True)
        results[contender.name] = _test(contender, out / contender.name, profile)
    text = table(results)
    out.mkdir(parents=True, exist_ok=True)
    (out / "compare.txt").write_text(text + "\n", encoding="utf-8")
    (out / "compare.json").write_bytes(msgspec.json.format(msgspec.json.encode(results)))
    (out / "compare.svg").write_text(plots.comparison(shares(results)), encoding="utf-8")
    return text


def _test(contender: Contender, out: Path, profile: str) -> dict[str, Any]:
    verdict = out / "verdict.json"
    verdict.unlink(missing_ok=True)
    with contender.start() as urls:
        hosts, idle = ",".join(urls), contender.idle_seconds
        load = Load(profile, out, hosts, contender.adapter, idle)
        load.run()  # It returns 1 for whoever keeps less than we ask; that is what is to be seen.
    if not verdict.exists():
        raise UsageError(f"{contender.name} could not be tested")
    told: dict[str, Any] = msgspec.json.decode(verdict.read_bytes())
    return told


def shares(results: dict[str, dict[str, Any]]) -> dict[str, dict[str, float]]:
    """Return what is drawn: of each row, by contender, the share that failed, in percent."""
    drawn: dict[str, dict[str, float]] = {}
    for guarantee, row in ROWS.items():
        for name, result in results.items():
            score = result["guarantees"].get(guarantee, {"checks": 0})
            if score["checks"]:
                drawn.setdefault(f"{row}, %", {})[name] = 100 * score["failed"] / score["checks"]
    drawn["answers/s"] = {name: one["requests_per_second"] for name, one in results.items()}
    drawn["p99, ms"] = {name: one["session_p99_ms"] for name, one in results.items()}
    return drawn


def table(results: dict[str, dict[str, Any]]) -> str:
    """Return the results as text: a row for each question, a column for each contender."""
    rows = [["", *results]]
    for guarantee, row in ROWS.items():
        cells = [_cell(one["guarantees"].get(guarantee)) for one in results.values()]
        if any(cells):
            rows.append([row, *(cell or "not asked" for cell in cells)])
    rows.append(["requests/s", *(str(one["requests_per_second"]) for one in results.values())])
    rows.append(["p99", *(f"{one['session_p99_ms']:.0f} ms" for one in results.values())])
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = ("  ".join(map(str.ljust, row, widths)).rstrip() for row in rows)
    return "\n".join(lines)


def _cell(score: dict[str, int] | None) -> str:
    if score is None or not score["checks"]:
        return ""
    return f"{score['failed']} of {score['checks']}"
