"""Something that a service needs and that may go away: one log line a transition, one gauge."""

import structlog
from prometheus_client import REGISTRY, CollectorRegistry, Counter, Gauge

log = structlog.get_logger()


class Dependency:
    """Tells when `name` goes and comes back. The gauge is 0 while any worker misses it."""

    def __init__(self, name: str, registry: CollectorRegistry = REGISTRY) -> None:
        self._name = name
        self._up = Gauge(
            "dependency_up",
            "1 while what the service needs is there.",
            ["dependency"],
            registry=registry,
            multiprocess_mode="livemin",
        ).labels(name)
        self._losses = Counter(
            "dependency_losses", "Times it was given up.", ["dependency"], registry=registry
        ).labels(name)
        self._up.set(1)

    def changed(self, fault: str | None) -> None:
        """Note that it went, for this reason, or with None that it is back."""
        self._up.set(0 if fault else 1)
        if fault:
            self._losses.inc()
            log.error("dependency_lost", dependency=self._name, fault=fault)
        else:
            log.warning("dependency_back", dependency=self._name)
