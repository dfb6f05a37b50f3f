"""Counts what goes wrong with services behind."""

from prometheus_client import REGISTRY, CollectorRegistry, Counter

from gateway.faults import CAUSES


class UpstreamMetrics:
    """Counts each attempt at a service or at auth that failed, by its cause."""

    def __init__(self, registry: CollectorRegistry = REGISTRY) -> None:
        self._failures = Counter(
            "holdfast_upstream_failures",
            "Attempts at a service behind that failed.",
            ["cause"],
            registry=registry,
        )
        for cause in CAUSES:
            # There from the start, so that the first one is an increase.
            self._failures.labels(cause)

    def observe(self, cause: str) -> None:
        """Note a failed attempt. `cause`: a key of CAUSES."""
        self._failures.labels(cause).inc()
