"""The same people and the same checker over several session systems, one after the other."""

import os
import platform
import shutil
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec

from loadtests import comparison, comparison_picture, profiles
from loadtests.command import Load
from loadtests.contenders import Contender
from loadtests.profiles import UsageError

PHASES = ("compare-races", "compare-rate", "compare-outage")
"""The profiles that everybody is put through, each on servers started anew."""


def run(contenders: Sequence[Contender], out: Path) -> str:
    """Test each; write compare.json, compare.txt and compare.svg; return the table.

    Raises UsageError when one could not be tested.
    """
    tested: dict[str, comparison.Phases] = {}
    for number, contender in enumerate(contenders, 1):
        print(f"== {contender.name}, {number} of {len(contenders)}: {contender.title}", flush=True)
        tested[contender.name] = _test(contender, out / contender.name)
    answers = {name: comparison.cells(phases) for name, phases in tested.items()}
    machine = f"{time.strftime('%Y-%m-%d')}, {os.cpu_count()} cores for everything, the load too"
    table = comparison.text(answers)
    told = {
        "machine": f"{machine}; {platform.platform()}",
        "contenders": {one.name: one.title for one in contenders},
        "answers": answers,
        "phases": tested,
    }
    (out / "compare.json").write_bytes(msgspec.json.format(msgspec.json.encode(told)))
    (out / "compare.txt").write_text(f"{table}\n", encoding="utf-8")
    (out / "compare.svg").write_text(comparison_picture.draw(answers, machine), encoding="utf-8")
    return table


def _test(contender: Contender, out: Path) -> comparison.Phases:
    """Return the verdicts of the phases that a contender was put through."""
    shutil.rmtree(out, ignore_errors=True)
    verdicts: comparison.Phases = {}
    for phase in PHASES:
        profile = profiles.load(phase)
        if profile.faults and not contender.breakable:
            continue
        print(f"{contender.name}: {phase}, {profile.seconds} s", flush=True)
        verdicts[phase.removeprefix("compare-")] = _verdict(contender, phase, out / phase)
    return verdicts


def _verdict(contender: Contender, phase: str, out: Path) -> dict[str, Any]:
    path = out / "verdict.json"
    path.unlink(missing_ok=True)
    with contender.start(profiles.load(phase), out / "servers") as serving:
        load = Load(phase, out, contender.adapter, serving.idle_seconds, brief=True)
        # It returns 1 for whoever keeps less than we ask; that is what is to be seen.
        load.on(serving.urls, serving.servers)
    if not path.exists():
        raise UsageError(f"{contender.name} could not be tested")
    told: dict[str, Any] = msgspec.json.decode(path.read_bytes())
    return told
