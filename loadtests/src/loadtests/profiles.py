"""Profiles: how much load, of whom, and what is asked of it. Read from profiles.toml."""

from pathlib import Path

import msgspec

DEFAULT = "steady"
PROFILES = Path(__file__).parents[2] / "profiles.toml"


class UsageError(Exception):
    """What was asked for makes no sense; the message is one line for whoever asked."""


class Stage(msgspec.Struct, frozen=True):
    """So many people for so many seconds; `rate` of them come each second."""

    seconds: int
    people: int
    rate: float = 5.0


class Limits(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Thresholds outside of faults: latency of every answer in ms, share of errors."""

    p95_ms: float | None = None
    p99_ms: float | None = None
    errors: float | None = None


class Fault(msgspec.Struct, frozen=True, rename={"seconds": "for"}):
    """What is broken, `at` seconds after the start, and for how long."""

    at: float
    seconds: float
    kind: str
    what: str
    may_lose_ms: int = 0


class Profile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One profile."""

    stages: list[Stage]
    people: dict[str, int]
    asked: list[str]
    rounds: int = 25
    limits: Limits = Limits()
    stack: dict[str, str] = {}
    faults: list[Fault] = []

    @property
    def seconds(self) -> int:
        """How long it runs."""
        return sum(stage.seconds for stage in self.stages)


def load(name: str, path: Path = PROFILES) -> Profile:
    """Return a profile. Raises UsageError."""
    profiles = _read(path)
    if name not in profiles:
        raise UsageError(f"no profile {name!r}: there are {', '.join(profiles)}")
    return profiles[name]


def names_without_faults(path: Path = PROFILES) -> list[str]:
    """Name the profiles that break nothing: any servers may be asked. Raises UsageError."""
    return [name for name, profile in _read(path).items() if not profile.faults]


def _read(path: Path) -> dict[str, Profile]:
    try:
        return msgspec.toml.decode(path.read_bytes(), type=dict[str, Profile])
    except (OSError, msgspec.MsgspecError) as error:
        raise UsageError(f"{path}: {error}") from None
