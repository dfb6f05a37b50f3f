"""What became of sessions, counted for operators."""

from prometheus_client import REGISTRY, CollectorRegistry, Counter

from servicekit.problems import Problem
from sessionhttp.problems import SessionOver


class SessionMetrics:
    """Counts refused cookies by the reason why their session is over."""

    def __init__(self, registry: CollectorRegistry = REGISTRY) -> None:
        self._refused = Counter(
            "holdfast_sessions_refused",
            "Requests whose session is over, by reason; corrupt: a record that does not decode.",
            ["reason"],
            registry=registry,
        )

    def observe(self, problem: Problem) -> None:
        """Note a problem that was told, if it is of this kind."""
        if isinstance(problem, SessionOver):
            self._refused.labels(problem.reason.value).inc()
