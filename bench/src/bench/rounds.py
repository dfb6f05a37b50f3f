"""Rounds: every lane once, then again, so that what disturbs the machine disturbs all alike."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from bench.cpu import used_seconds
from bench.lanes import INCREMENT, Lane
from bench.measurement import Load, Measurement
from bench.subject import Subject


@dataclass(frozen=True)
class Plan:
    """How long and how wide. `client_core` is the client's; the servers have another."""

    client_core: int
    connections: int
    rounds: int
    seconds: int
    warmup_seconds: int

    def load(self, seconds: int) -> Load:
        """Return what the client does for so many seconds."""
        return Load(self.client_core, self.connections, seconds)


@dataclass(frozen=True)
class Sample:
    """One lane in one round.

    `per_cpu_second`: answers per second of CPU that the server side used, its Redis included.
    `kept`: the share of acknowledged increments that were counted; None where nothing counts.
    """

    round: int
    lane: Lane
    seen: Measurement
    per_cpu_second: float
    kept: float | None


def run(
    plan: Plan,
    subjects: Mapping[str, Subject],
    lanes: Sequence[Lane],
    tell: Callable[[str], None],
) -> list[Sample]:
    """Warm every lane up, then measure all of them round by round. Raises BenchError."""
    for lane in lanes if plan.warmup_seconds else ():
        subjects[lane.subject].measure(lane.work, plan.load(plan.warmup_seconds))
    samples = []
    for number in range(plan.rounds):
        # Every other round goes backwards: nobody always runs after the same neighbour.
        for lane in lanes[:: -1 if number % 2 else 1]:
            samples.append(_sample(number, plan, subjects[lane.subject], lane))
            tell(_line(plan, samples[-1]))
    return samples


def _sample(number: int, plan: Plan, subject: Subject, lane: Lane) -> Sample:
    counts = lane.work == INCREMENT
    before = subject.counted() if counts else 0
    cpu_before = used_seconds(subject.groups)
    seen = subject.measure(lane.work, plan.load(plan.seconds))
    cpu = used_seconds(subject.groups) - cpu_before
    added = subject.counted() - before if counts else 0
    # Requests that wrk left unanswered at the end were counted too, hence at most all.
    kept = min(1.0, added / seen.answers) if counts else None
    return Sample(number, lane, seen, seen.answers / cpu, kept)


def _line(plan: Plan, sample: Sample) -> str:
    kept = "" if sample.kept is None else f"  kept {sample.kept:.0%}"
    failed = f"  failed {sample.seen.failed}" if sample.seen.failed else ""
    where = f"{plan.connections} connections, round {sample.round + 1}/{plan.rounds}"
    speed = f"{sample.seen.per_second:8.0f}/s  p99 {sample.seen.p99_ms:.1f} ms"
    return f"{where}  {sample.lane!s:26}{speed}{kept}{failed}"
