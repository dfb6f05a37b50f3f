"""How each kind of session system is spoken to."""

from loadtests.targets.common import CommonTarget
from loadtests.targets.holdfast import HoldfastTarget
from loadtests.targets.protocol import Target

__all__ = ["CommonTarget", "HoldfastTarget", "Target", "by_name"]


def by_name(name: str, idle_seconds: float | None = None) -> Target:
    """Return the adapter of this name. Raises KeyError."""
    targets: dict[str, Target] = {
        "holdfast": HoldfastTarget(),
        "common": CommonTarget(idle_seconds),
    }
    return targets[name]
