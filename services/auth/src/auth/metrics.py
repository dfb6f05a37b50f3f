"""What became of sign-ins, counted for operators."""

from collections.abc import Iterator
from contextlib import contextmanager

from prometheus_client import REGISTRY, CollectorRegistry, Counter

from auth import errors
from holdfast import HoldfastError
from holdfast.errors import TooManySessions

SUCCESS, UNAVAILABLE = "success", "unavailable"
_OUTCOMES: dict[type[Exception], str] = {
    errors.BadCredentials: "bad-credentials",
    errors.TooManyAttempts: "too-many-attempts",
    TooManySessions: "too-many-sessions",
}


class LoginMetrics:
    """Counts sign-ins by outcome; `unavailable`: store, accounts or hashing could not serve it."""

    def __init__(self, registry: CollectorRegistry = REGISTRY) -> None:
        self._logins = Counter(
            "holdfast_logins", "Sign-ins by outcome.", ["outcome"], registry=registry
        )
        for outcome in (SUCCESS, UNAVAILABLE, *_OUTCOMES.values()):
            self._logins.labels(outcome)

    @contextmanager
    def watch(self) -> Iterator[None]:
        """Count the sign-in that happens inside."""
        try:
            yield
        except (errors.AuthError, HoldfastError) as error:
            self._logins.labels(_OUTCOMES.get(type(error), UNAVAILABLE)).inc()
            raise
        self._logins.labels(SUCCESS).inc()


def uncounted() -> LoginMetrics:
    """Give a counter that nobody reads, for a command line and for tests."""
    return LoginMetrics(CollectorRegistry())
