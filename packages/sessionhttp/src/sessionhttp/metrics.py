"""What became of sessions and of calls to their store, counted for operators.

docs/observability.md names every metric; a test holds it against /metrics.
"""

from typing import Any

from prometheus_client import REGISTRY, CollectorRegistry, Counter, Histogram

from holdfast import Ended, Reason, Session
from holdfast.calls import Call
from holdfast.errors import StoreError, StoreFull, VersionConflict
from servicekit.notes import AtOnce, Note, Notes
from servicekit.problems import Problem
from sessionhttp.problems import SessionOver

_NEVER_BY_A_CALL = {
    Reason.IDLE_TIMEOUT,
    Reason.ABSOLUTE_TIMEOUT,
    Reason.TOKEN_REUSE,
    Reason.CORRUPT,
    Reason.UNKNOWN,
}
_SECONDS = (0.0005, 0.001, 0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5)


class SessionMetrics:
    """Counts refused cookies by the reason why their session is over."""

    def __init__(self, registry: CollectorRegistry = REGISTRY) -> None:
        self._refused = Counter(
            "holdfast_sessions_refused",
            "Requests whose session is over, by reason; corrupt: a record that does not decode.",
            ["reason"],
            registry=registry,
        )
        for reason in Reason:
            # There from the start, so that the first one is an increase.
            self._refused.labels(reason.value)

    def observe(self, problem: Problem) -> None:
        """Note a problem that was told, if it is of this kind."""
        if isinstance(problem, SessionOver):
            self._refused.labels(problem.reason.value).inc()


class StoreMetrics:
    """Counts what the calls to the store did, from the calls and their results alone."""

    def __init__(self, registry: CollectorRegistry = REGISTRY, notes: Notes | None = None) -> None:
        def counter(name: str, words: str, *labels: str) -> Counter:
            return Counter(f"holdfast_{name}", words, labels, registry=registry)

        self._seconds = Histogram(
            "holdfast_store_seconds",
            "Seconds of a call to the store.",
            ["verb"],
            buckets=_SECONDS,
            registry=registry,
        )
        self._errors = counter("store_errors", "Calls that the store did not serve.", "kind")
        self._created = counter("sessions_created", "Sessions that began.", "kind")
        self._ended = counter("sessions_ended", "Sessions ended by a call, by reason.", "reason")
        self._conflicts = counter("conflicts_refused", "Writes refused for a stale condition.")
        self._prevented = counter(
            "resurrections_prevented", "Writes refused since their session is over."
        )
        touches = counter("touches", "Reads that count as activity, by whether one wrote.", "did")
        # What a load did, if it counts as activity: whether it wrote.
        self._touched = {True: touches.labels("write"), False: touches.labels("coalesce")}
        for kind in ("unavailable", "full"):
            self._errors.labels(kind)
        for kind in ("user", "anonymous"):
            self._created.labels(kind)
        for reason in set(Reason) - _NEVER_BY_A_CALL:
            self._ended.labels(reason.value)
        # A label is looked up once: one call comes with every request.
        self._notes, self._known = notes or AtOnce(), dict[tuple[str, bool | None], Note]()

    def called(self, call: Call[Any], result: object, seconds: float) -> None:
        """Note a call that was served. `result` is what it returned."""
        if call.touches and isinstance(result, Session):
            self._time(call, seconds, wrote=result.last_seen_ms == result.now_ms)
            return
        self._time(call, seconds)
        match result:
            case Session() if call.script.name == "create":
                self._created.labels("user" if result.user else "anonymous").inc()
                self._end(Reason.EVICTED_BY_LIMIT, result.evicted)
            case Ended(reason=reason) if call.script.name == "commit":
                self._prevented.inc(reason is not Reason.UNKNOWN)
            case dict() if call.script.name == "take":
                self._end(Reason.ROTATED, 1)
            # Whether it was alive, or how many were; nobody counts when everybody is logged out.
            case int() if call.ends and call.script.name != "end_everybody":
                self._end(call.ends, int(result))

    def failed(self, call: Call[Any], error: Exception, seconds: float) -> None:
        """Note a call that was refused or not served."""
        self._time(call, seconds)
        match error:
            case VersionConflict():
                self._conflicts.inc()
            case StoreFull():
                self._errors.labels("full").inc()
            case StoreError():
                self._errors.labels("unavailable").inc()

    def _end(self, reason: Reason, count: int) -> None:
        if count:
            self._ended.labels(reason.value).inc(count)

    def _time(self, call: Call[Any], seconds: float, *, wrote: bool | None = None) -> None:
        key = call.script.name, wrote
        note = self._known.get(key)
        if note is None:
            counter = None if wrote is None else self._touched[wrote]
            note = self._known[key] = self._notes.of(self._seconds.labels(key[0]), counter)
        note(seconds)
