"""The contract in memory, on a clock that tests move."""

import pytest
from contract.store_contract import StoreContract

from holdfast.memory import MemoryStore


class MovedTime:
    """A store whose clock stands until somebody waits."""

    def __init__(self) -> None:
        self._ms = 1_795_465_904_250
        self.store = MemoryStore(self.now)

    def now(self) -> int:
        return self._ms

    def wait_until(self, ms: int) -> None:
        self._ms = max(self._ms, ms)


class TestMemoryStore(StoreContract):
    @pytest.fixture
    def harness(self) -> MovedTime:
        return MovedTime()
