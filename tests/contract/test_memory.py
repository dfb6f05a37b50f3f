"""The contract in memory, on a clock that tests move."""

from holdfast.conformance import Case
from holdfast.memory import MemoryStore


class MovedTime:
    """A store whose clock stands until somebody waits."""

    rounds = 1000

    def __init__(self) -> None:
        self._ms = 1_795_465_904_250
        self.store = MemoryStore(self.now)

    def now(self) -> int:
        return self._ms

    def wait_until(self, ms: int) -> None:
        self._ms = max(self._ms, ms)


def test_memory_store(case: Case) -> None:
    case.run(MovedTime())
