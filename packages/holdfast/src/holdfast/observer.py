"""Whoever wants to know what became of each call: for metrics."""

from typing import Any, Protocol

from holdfast.calls import Call
from holdfast.errors import HoldfastError


class Observer(Protocol):
    """Told of each call when it is over, and how many seconds it took. Must not call the store."""

    def called(self, call: Call[Any], result: object, seconds: float) -> None:
        """Take note of a call that was served. `result` is what it returned."""
        ...

    def failed(self, call: Call[Any], error: HoldfastError, seconds: float) -> None:
        """Take note of a call that was refused or not served."""
        ...


class Nobody:
    """Takes note of nothing."""

    def called(self, call: Call[Any], result: object, seconds: float) -> None:
        """See Observer.called."""

    def failed(self, call: Call[Any], error: HoldfastError, seconds: float) -> None:
        """See Observer.failed."""
