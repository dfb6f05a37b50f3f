"""Request metrics, right across gunicorn's workers when PROMETHEUS_MULTIPROC_DIR is set."""

import os

from prometheus_client import (
    CONTENT_TYPE_LATEST,
    REGISTRY,
    CollectorRegistry,
    Counter,
    Histogram,
    generate_latest,
)
from prometheus_client.multiprocess import MultiProcessCollector, mark_process_dead

from servicekit.notes import AtOnce, Note, Notes
from servicekit.problem_types import TYPES
from servicekit.problems import Problem

_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_SECONDS = (0.001, 0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)


class RequestMetrics:
    """Counts requests and their seconds by route template: labels stay few, whatever comes."""

    def __init__(self, registry: CollectorRegistry = REGISTRY, notes: Notes | None = None) -> None:
        self._notes = notes or AtOnce()
        self._requests = Counter(
            "http_requests", "Requests answered.", ["method", "route", "status"], registry=registry
        )
        self._seconds = Histogram(
            "http_request_seconds",
            "Seconds until the answer.",
            ["route"],
            buckets=_SECONDS,
            registry=registry,
        )
        self._problems = Counter(
            "http_problems", "Errors of ours, by problem type.", ["problem"], registry=registry
        )
        for name in TYPES:
            # There from the start, so that the first one is an increase.
            self._problems.labels(name)
        # A label is looked up once: this comes with every request.
        self._known: dict[tuple[str, str, int], Note] = {}

    def observe(self, method: str, route: str, status: int, seconds: float) -> None:
        """Note one answered request."""
        key = (method if method in _METHODS else "other", route, status)
        note = self._known.get(key)
        if note is None:
            counter = self._requests.labels(key[0], route, str(status))
            note = self._known[key] = self._notes.of(self._seconds.labels(route), counter)
        note(seconds)

    def refused(self, problem: Problem) -> None:
        """Note a problem that was told."""
        self._problems.labels(problem.name).inc()


def render() -> tuple[bytes, str]:
    """Return the exposition of all workers, and its content type."""
    if "PROMETHEUS_MULTIPROC_DIR" not in os.environ:
        return generate_latest(REGISTRY), CONTENT_TYPE_LATEST
    registry = CollectorRegistry()
    MultiProcessCollector(registry)
    return generate_latest(registry), CONTENT_TYPE_LATEST


def mark_dead(pid: int) -> None:
    """Forget the gauges of a worker that is gone."""
    if "PROMETHEUS_MULTIPROC_DIR" in os.environ:
        mark_process_dead(pid)
