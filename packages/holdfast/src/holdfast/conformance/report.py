"""Runs the cases against a store and tells, line by line, what came of each."""

import linecache
import threading
import traceback
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from holdfast.conformance.case import Case
from holdfast.conformance.harness import Harness, NotOffered

_HERE = Path(__file__).parent
_MOST_SECONDS = 120.0
ESSENTIAL = frozenset({"create", "load", "commit", "end"})


class Verdict(StrEnum):
    """What came of a case."""

    PASSED = "pass"
    FAILED = "FAIL"
    NOT_OFFERED = "none"


@dataclass(frozen=True, slots=True)
class Result:
    """A case, its verdict, and why."""

    case: Case
    verdict: Verdict
    why: str = ""


def run_case(case: Case, harness: Harness, most_s: float = _MOST_SECONDS) -> Result:
    """Run one case, for `most_s` seconds at most: a store that hangs is a failure."""
    results: list[Result] = []
    worker = threading.Thread(target=lambda: results.append(_judge(case, harness)), daemon=True)
    worker.start()
    worker.join(most_s)
    return results[0] if results else Result(case, Verdict.FAILED, f"no end in {most_s:.0f} s")


def _judge(case: Case, harness: Harness) -> Result:
    try:
        case.run(harness)
    except NotOffered as verb:
        verdict = Verdict.FAILED if str(verb) in ESSENTIAL else Verdict.NOT_OFFERED
        return Result(case, verdict, f"the store offers no {verb}")
    except Exception as error:  # noqa: BLE001 - whatever a foreign store raises is its verdict
        return Result(case, Verdict.FAILED, _why(error))
    return Result(case, Verdict.PASSED)


def _why(error: Exception) -> str:
    """Return the line of ours that did not hold, and the error if it says more."""
    ours = [
        frame
        for frame in traceback.extract_tb(error.__traceback__)
        if Path(frame.filename).parent == _HERE
    ]
    said = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
    line = linecache.getline(ours[-1].filename, ours[-1].lineno or 0).strip() if ours else ""
    if isinstance(error, AssertionError):
        return str(error) or line
    return f"{said.splitlines()[0]}  (at {line})" if line else said


def run(cases: Iterable[Case], harness: Harness, tell: Callable[[str], None]) -> list[Result]:
    """Run all cases in turn, telling each as it ends."""
    return list(_run(cases, harness, tell))


def _run(cases: Iterable[Case], harness: Harness, tell: Callable[[str], None]) -> Iterator[Result]:
    topic = ""
    for case in cases:
        if case.topic != topic:
            topic = case.topic
            tell(f"\n{topic}")
        result = run_case(case, harness)
        tell(f"  {result.verdict}  {case.name}")
        if result.why:
            tell(f"        {result.why}")
        yield result


def summary(results: Iterable[Result]) -> str:
    """Return the verdict in one line."""
    count = Counter(result.verdict for result in results)
    passed, failed = count[Verdict.PASSED], count[Verdict.FAILED]
    missing = count[Verdict.NOT_OFFERED]
    parts = [f"{passed} passed", f"{failed} failed"]
    parts += [f"{missing} ask for verbs that the store does not offer"] if missing else []
    verdict = (
        "does not conform" if failed else "conforms" + (" in what it offers" if missing else "")
    )
    return f"{verdict}: {', '.join(parts)}"
